# What the build and the tests need from Debian or Ubuntu, and how it is got. To be sourced by bash scripts.
#
#   install_for_build     a C compiler, CMake, Ninja
#   install_for_wasm      also clang with wasi-libc, to make WebAssembly from C; sets and exports W2C_CLANG
#   install_for_tests     all of that, Python and cmocka; sets and exports W2C_NODE if a new node can be had
#
# What is there is looked for by using it, not by asking the package manager: tools may come from anywhere, and where
# everything is there, neither the network nor the right to install is needed.

W2C_CLANG_VERSIONS="19 20 21 18 17 16 15 14"
W2C_NODE_VERSION=26.10.0

# need PACKAGE COMMAND...: the package is wanted if the command fails.
need() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || wanted+=("$package")
}

has_header() {
    echo "#include <$1>" | gcc -E -
}

# A compiler that makes WebAssembly is one that has its linker, its library for arithmetic, and a libc.
makes_wasm() {
    local folder
    folder=$(mktemp -d)
    echo 'int main(void) { return 0; }' >"$folder/x.c"
    "$1" --target=wasm32-wasi "$folder/x.c" -o "$folder/x.wasm" 2>/dev/null
    local result=$?
    rm -r "$folder"
    return $result
}

find_clang() {
    local name
    for name in ${W2C_CLANG:-} $(printf 'clang-%s ' $W2C_CLANG_VERSIONS) clang; do
        if command -v "$name" >/dev/null && makes_wasm "$name"; then
            export W2C_CLANG=$name
            return 0
        fi
    done
    return 1
}

has_package() {
    [ -n "$(apt-cache search --names-only "^$1\$")" ]
}

# The packages of the first clang that the distribution has with everything for WebAssembly.
clang_packages() {
    local version
    for version in $W2C_CLANG_VERSIONS; do
        if has_package "clang-$version" && has_package "libclang-rt-$version-dev-wasm32"; then
            echo "clang-$version lld-$version libclang-rt-$version-dev-wasm32 wasi-libc"
            return
        fi
    done
    echo "clang lld libclang-rt-dev-wasm32 wasi-libc"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# install WORD...: packages, or "wasm-clang" for clang_packages.
install() {
    if ! command -v apt-get >/dev/null || { [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; }; then
        echo "Missing, and apt-get or sudo is not there to install it: $*" >&2
        exit 1
    fi
    echo "Installing: $*"
    as_root apt-get -qq update || echo "apt-get update failed; trying with what is known" >&2
    # shellcheck disable=SC2046 # several words are meant
    set -- $(for word; do if [ "$word" = wasm-clang ]; then clang_packages; else echo "$word"; fi; done)
    if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null; then
        echo "apt-get could not install: $*" >&2
        exit 1
    fi
}

install_wanted() {
    [ ${#wanted[@]} = 0 ] || install "${wanted[@]}"
}

need_build() {
    need gcc command -v gcc
    need libc6-dev has_header stdio.h
    need cmake command -v cmake
    need ninja-build command -v ninja
    need libiberty-dev has_header libiberty/demangle.h
    need libffi-dev has_header ffi.h
    need libtcc-dev has_header libtcc.h
}

need_tests() {
    need python3 command -v python3
    need g++ command -v g++
    need pkg-config command -v pkg-config
    need libcmocka-dev pkg-config --exists cmocka
}

# From version 20 on clang emits try_table, of which a part of tests/exceptions is made. Nothing else needs it, so where
# it cannot be had, nothing is wrong.
try_newer_clang() {
    local version
    for version in 22 21 20; do
        ! command -v "clang-$version" >/dev/null || return 0
    done
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; } || return 0
    for version in 22 21 20; do
        if has_package "clang-$version"; then
            echo "Installing: clang-$version"
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
                "clang-$version" >/dev/null 2>&1 || echo "without clang-$version" >&2
            return 0
        fi
    done
}

# The first node that knows all of WebAssembly 3.0 without being told, as tests/fuzz wants it.
is_new_node() {
    [ "$("$1" -p 'process.versions.node.split(".")[0] >= 25' 2>/dev/null)" = true ]
}

# fetch_node FOLDER: FOLDER/package/bin/node, from the package that carries the program itself.
fetch_node() {
    local architecture
    case $(uname -m) in
        x86_64) architecture=x64 ;;
        aarch64) architecture=arm64 ;;
        *) return 1 ;;
    esac
    mkdir -p "$1"
    timeout 300 npm pack --silent --pack-destination "$1" "node-linux-$architecture@$W2C_NODE_VERSION" &&
        tar -xzf "$1/node-linux-$architecture-$W2C_NODE_VERSION.tgz" -C "$1" package/bin/node &&
        rm "$1/node-linux-$architecture-$W2C_NODE_VERSION.tgz"
}

# Without a new node the interpreter judges those random modules of tests/fuzz that an old one refuses.
try_newer_node() {
    local node=$PWD/build/node/package/bin/node
    ! is_new_node node || return 0
    if ! is_new_node "$node"; then
        command -v npm >/dev/null || return 0
        echo "Installing: node $W2C_NODE_VERSION"
        fetch_node "$PWD/build/node" >/dev/null 2>&1 || echo "without node $W2C_NODE_VERSION" >&2
    fi
    ! is_new_node "$node" || export W2C_NODE=$node
}

install_for_build() {
    local wanted=()
    need_build
    install_wanted
}

install_for_wasm() {
    local wanted=()
    need_build
    need wasm-clang find_clang
    install_wanted
    find_clang_or_stop
}

install_for_tests() {
    local wanted=()
    need_build
    need_tests
    need wasm-clang find_clang
    install_wanted
    try_newer_clang
    try_newer_node
    find_clang_or_stop
}

find_clang_or_stop() {
    if ! find_clang; then
        echo "No clang here can make WebAssembly (it takes clang, lld, libclang-rt-*-dev-wasm32 and wasi-libc)." >&2
        exit 1
    fi
}
