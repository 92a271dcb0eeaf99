#!/usr/bin/env bash
# See README.md.
set -euo pipefail
cd "$(dirname "$0")"
. ../setup.sh
show "$W2C_CLANG" --target=wasm32-wasi -O2 tally.c -o "$out/tally.wasm"
cd "$out"
mkdir -p texts reports
printf 'one\ntwo\n' >texts/numbers
ln -sf /etc/passwd texts/passwd

# Nothing is granted.
show "$W2C" tally.wasm -o tally
show ./tally reports/all texts/numbers || echo "exit code $?"

# Granted for this run, under names that the program knows.
show env W2C_OPTIONS='--dir texts::/in:ro --dir reports::/out' ./tally /out/all /in/numbers
cat reports/all

# No way leads out of a granted folder, and what may be read may not be written.
show env W2C_OPTIONS='--dir texts::/in:ro --dir reports::/out' ./tally /out/all /in/passwd /in/../../tally.wasm ||
    echo "exit code $?"
show env W2C_OPTIONS='--dir texts::/in:ro' ./tally /in/report || echo "exit code $?"

# Granted for good; and no more than that, whatever W2C_OPTIONS says.
show "$W2C" tally.wasm -o sealed --dir texts::/in:ro --dir reports::/out --sealed
show env W2C_OPTIONS='--dir /etc' ./sealed /out/all /in/numbers /etc/passwd || echo "exit code $?"
cat reports/all
