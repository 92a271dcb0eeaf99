#!/usr/bin/env bash
# See README.md.
set -euo pipefail
cd "$(dirname "$0")"
. ../setup.sh
show "$W2C_CLANG" --target=wasm32-wasi -O2 hello.c -o "$out/hello.wasm"
show "$W2C" "$out/hello.wasm" -o "$out/hello"
cd "$out"
show ./hello one 'two words' || echo "exit code $?"

# The same in two steps, with the C in between to look at.
show "$W2C" hello.wasm -o hello.c
show gcc -O2 hello.c -o hello2 -lm
show ./hello2
