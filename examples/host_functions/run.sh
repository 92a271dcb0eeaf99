#!/usr/bin/env bash
# See README.md.
set -euo pipefail
cd "$(dirname "$0")"
. ../setup.sh
show "$W2C_CLANG" --target=wasm32 -O2 -nostdlib -Wl,--no-entry sensor_guest.c -o "$out/sensor.wasm"
show "$W2C" "$out/sensor.wasm" -o "$out/sensor.c"
show gcc -O2 -Wall -Wextra -I"$out" sensor_host.c "$out/sensor.c" -o "$out/sensor" -lm
show "$out/sensor"
