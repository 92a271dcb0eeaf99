#!/usr/bin/env bash
# See README.md.
set -euo pipefail
cd "$(dirname "$0")"
. ../setup.sh
show "$W2C_CLANG" --target=wasm32 -O2 -nostdlib -Wl,--no-entry counter_guest.c -o "$out/counter.wasm"
show "$W2C" "$out/counter.wasm" -o "$out/counter.c"
show gcc -O2 -Wall -Wextra -pthread -I"$out" counters.c "$out/counter.c" -o "$out/counters" -lm
show "$out/counters"
