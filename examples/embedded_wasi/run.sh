#!/usr/bin/env bash
# See README.md.
set -euo pipefail
cd "$(dirname "$0")"
. ../setup.sh
show "$W2C_CLANG" --target=wasm32-wasi -O2 words_guest.c -o "$out/words.wasm"
show "$W2C" "$out/words.wasm" --library -o "$out/words.c"
show gcc -O2 -Wall -Wextra -pthread -I"$out" run_words.c "$out/words.c" -o "$out/run_words" -lm
show "$out/run_words"
