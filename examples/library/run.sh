#!/usr/bin/env bash
# See README.md.
set -euo pipefail
cd "$(dirname "$0")"
. ../setup.sh
show "$W2C_CLANG" --target=wasm32 -O2 -nostdlib -Wl,--no-entry text_guest.c -o "$out/text.wasm"
show "$W2C" "$out/text.wasm" -o "$out/text.c"
show gcc -O2 -Wall -Wextra -I"$out" use_text.c "$out/text.c" -o "$out/use_text" -lm
show "$out/use_text"
