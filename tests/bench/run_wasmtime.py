#!/usr/bin/env python3
"""Runs a WASI command in wasmtime: `python3 run_wasmtime.py MODULE [ARGUMENT...]`. Compiled code is kept beside the
module (MODULE.cwasm), so that a second run compiles nothing. Needs the package `wasmtime`."""
import os
import sys

import wasmtime

path, kept = sys.argv[1], sys.argv[1] + ".cwasm"
engine = wasmtime.Engine()
if os.path.exists(kept) and os.path.getmtime(kept) > os.path.getmtime(path):
    module = wasmtime.Module.deserialize_file(engine, kept)
else:
    module = wasmtime.Module.from_file(engine, path)
    with open(kept + ".tmp", "wb") as file:
        file.write(module.serialize())
    os.replace(kept + ".tmp", kept)
linker = wasmtime.Linker(engine)
linker.define_wasi()
store = wasmtime.Store(engine)
wasi = wasmtime.WasiConfig()
wasi.argv = sys.argv[1:]
wasi.inherit_stdin()
wasi.inherit_stdout()
wasi.inherit_stderr()
store.set_wasi(wasi)
try:
    linker.instantiate(store, module).exports(store)["_start"](store)
except wasmtime.ExitTrap as end:
    sys.exit(end.code)
