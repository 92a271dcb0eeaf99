# Sourced by the run.sh of the examples, in the example's folder: installs what is missing, builds w2c unless $W2C names
# one, and sets $out, the folder for what is made.

example=$(basename "$PWD")
root=$(cd ../.. && pwd)
out=$root/build/examples/$example
mkdir -p "$out"
. "$root/tests/install.sh"
install_for_wasm

if [ -z "${W2C:-}" ]; then
    [ -e "$root/build/build.ninja" ] || cmake -S "$root" -B "$root/build" -G Ninja >/dev/null
    cmake --build "$root/build" --target w2c >/dev/null
    W2C=$root/build/w2c
fi

# show COMMAND...: says what it runs.
show() {
    echo "\$ $*" | sed "s|$root/||g" >&2
    "$@"
}
