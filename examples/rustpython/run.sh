#!/usr/bin/env bash
# From nothing to a native RustPython and a report about it: installs what is missing, builds w2c, gets rustpython.wasm,
# translates and compiles it, checks what the result does, and measures it beside the interpreter and the compiler in
# memory. A second run reuses what is there. README.md says more.
set -euo pipefail
cd "$(dirname "$0")/../.."
example=examples/rustpython
rust=1.96.0 # what RustPython 0.6.0 asks for
work=build/rustpython
shared=${W2C_SHARED_DIR:-../shared}
. tests/install.sh
mkdir -p "$work"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# step TITLE COMMAND...: runs it and says how long it took.
step() {
    local title=$1 start=${EPOCHREALTIME/,/.}
    shift
    echo "== $title"
    "$@"
    awk -v title="$title" -v from="$start" -v to="${EPOCHREALTIME/,/.}" \
        'BEGIN { printf "   (%s: %.2f s)\n", title, to - from }'
}

build_w2c() {
    # A folder that somebody has configured already stays as it is.
    [ -e build/build.ninja ] || cmake -S . -B build -G Ninja >"$work/cmake.log" 2>&1 || fail "$(cat "$work/cmake.log")"
    cmake --build build --target w2c
}

# ---- the module ----

need_rust() {
    need cargo command -v cargo
    need rustup command -v rustup
}

# On Debian 13 and Ubuntu 24.04 rustup is a package; elsewhere users install it by themselves.
install_rust() {
    local wanted=()
    need_rust
    [ ${#wanted[@]} != 0 ] || return 0
    if ! has_package rustup; then
        fail "rustpython.wasm is to be built, which needs cargo and rustup: see https://rustup.rs," \
            "or name a module in \$RUSTPYTHON_WASM"
    fi
    install rustup ca-certificates
}

build_module() {
    install_rust
    rustup toolchain install "$rust" --profile minimal --target wasm32-wasip1
    win_lib_path=/lib/rustpython RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates" \
        cargo "+$rust" install rustpython@0.6.0 --locked --target wasm32-wasip1 --no-default-features \
        --features freeze-stdlib,stdlib,stdio,importlib,host_env --root "$work/cargo"
}

find_module() {
    local candidate
    for candidate in "${RUSTPYTHON_WASM:-}" "$shared/modules/rustpython.wasm" "$work/cargo/bin/rustpython.wasm"; do
        if [ -n "$candidate" ] && [ -e "$candidate" ]; then
            module=$candidate
            return
        fi
    done
    [ -z "${RUSTPYTHON_WASM:-}" ] || fail "there is no $RUSTPYTHON_WASM"
    step "building rustpython.wasm with cargo" build_module
    module=$work/cargo/bin/rustpython.wasm
}

# ---- what is made of it ----

translate() {
    mkdir -p "$work/c"
    build/w2c "$module" -o "$work/c/rp.c"
    du -shc "$work"/c/*.c | tail -1
}

compile() {
    local key
    key=$(cat build/w2c "$module" | sha256sum)
    if [ -x "$work/rp" ] && [ "$key" = "$(cat "$work/rp.key" 2>/dev/null)" ]; then
        echo "$work/rp is up to date"
        return
    fi
    echo "this takes ten minutes of processor time"
    build/w2c "$module" -o "$work/rp"
    echo "$key" >"$work/rp.key"
}

# ---- what it does ----

# The study's benchmark where it is at hand, else one that checks itself.
program=$(cat "$example/bench.py")
[ ! -e "$shared/modules/arithmetic_bench.py" ] || program=$(cat "$shared/modules/arithmetic_bench.py")

benchmark() {
    local output
    output=$("$work/rp" -c "$program") || fail "$output"
    if [ -e "$shared/modules/arithmetic_bench.py" ]; then
        [[ $output == *"checksum 948070748"* ]] || fail "wrong checksum: $output"
    fi
    echo "$output"
}

# Without a terminal the interpreter prompts all the same, so the answer is one of several lines or words.
session() {
    local output
    output=$(printf 'x = sum(range(10))\nprint(x)\nprint(x / 8)\n' | "$work/rp" 2>/dev/null)
    echo "$output"
    output=$(echo "$output" | sed 's/>>> //g' | grep -xE '45|5\.625' | tr '\n' ' ')
    [ "$output" = "45 5.625 " ] || fail "not 45 and 5.625"
    [[ $(echo 'print(sum(range(10)))' | "$work/rp" 2>/dev/null) == *45* ]] || fail "not 45"
}

script() {
    local output
    output=$(W2C_OPTIONS="--dir $example::/example:ro" "$work/rp" /example/words.py one 'two words')
    echo "$output"
    [ "$output" = "2 arguments: one, two words; this file has $(wc -l <"$example/words.py") lines" ] ||
        fail "wrong output"
    ! "$work/rp" "$example/words.py" 2>/dev/null || fail "it read a file without a grant"
}

# ---- the report ----

compare_engines() {
    build/w2c bench --engines interp,tcc,tcc-kept --vs "compiled=$work/rp" --start "-c pass" \
        --report "$work/engines.html" --json "$work/engines.json" "$module" -c "$program"
}

count_operators() {
    build/w2c profile -o "$work/operators.txt" "$module" -c "$program" >"$work/output.txt"
    head -18 "$work/operators.txt"
}

draw_flames() {
    local engine
    for engine in tcc interp; do
        build/w2c profile --flame "$work/flame-$engine.svg" --folded "$work/flame-$engine.txt" --engine=$engine \
            "$module" -c "$program" >"$work/output.txt"
    done
    ls "$work"/flame-*.svg
}

compare_memory_helpers() {
    build/w2c bench --memory-helpers --engines interp --report "$work/helpers.html" "$module" -c "$program"
}

step "installing what is missing" install_for_build
step "building w2c" build_w2c
find_module
echo "module: $module"
step "translating to C" translate
step "compiling to $work/rp" compile
step "running the benchmark" benchmark
step "an interactive session" session
step "a script in a granted folder" script
step "the same program in every engine" compare_engines
step "which operators it executes" count_operators
step "where the time goes" draw_flames
step "four ways to write a memory access, in the interpreter" compare_memory_helpers
echo "The report: $work/engines.html, operators.txt, flame-tcc.svg, flame-interp.svg, helpers.html"
echo "All outputs are right. Try:  $work/rp -c 'print(2 ** 100)'"
