"""All the ways by which a memory may come to grow while a function runs that uses it.

Under --bounds=check C code keeps base and size of a memory where none of these ways is open (translator/wasm/reach.c).
Each module here leaves one open, and no other. Its function `store` writes to the last byte of the memory, goes that
way, and writes to the first byte that it did not have before: with a stale size that is a trap.
"""
import sys

from module_text import HERE, i32

sys.path.insert(0, str(HERE.parent / "tools"))
import assemble

STORE = """(func {head} (result i32) (local $end i32)
  (local.set $end (i32.shl (memory.size) (i32.const 16)))
  (i32.store8 (i32.sub (local.get $end) (i32.const 1)) (i32.const 1))
  {way}
  (i32.store8 (local.get $end) (i32.const 7))
  (i32.load8_u (local.get $end)))"""
TYPES = """(type $run (func))
  (type $cell (struct (field $function (mut (ref null $run)))))
  (type $store (func (param (ref $run)) (result i32)))"""
MEMORY = '(import "owner" "memory" (memory 1))'
CALL_KEPT = "(call_ref $run (global.get $kept))"
KEPT = "(global $kept (mut (ref null $run)) (ref.null $run))"
CALL_CELL = "(call_ref $run (struct.get $cell $function (global.get $cell)))"
CELL = "(global $cell (ref $cell) (struct.new $cell (ref.null $run)))"

OWNER = f"""(module {TYPES}
  (memory (export "memory") 1)
  (func $grow (export "grow") (drop (memory.grow (i32.const 1))))
  (table (export "table") 1 funcref)
  (elem (i32.const 0) func $grow)
  (tag $tag (export "tag") (param (ref $run)))
  (global (export "function") (ref $run) (ref.func $grow))
  (func (export "get") (result (ref $run)) (ref.func $grow))
  (func (export "throw") (result i32) (throw $tag (ref.func $grow)))
  (func (export "fill") (param (ref $cell)) (struct.set $cell $function (local.get 0) (ref.func $grow)))
  (func (export "disguised") (result externref) (extern.convert_any (struct.new $cell (ref.func $grow))))
  (func (export "sched_yield") (result i32) (drop (memory.grow (i32.const 1))) (i32.const 0)))"""

# By name: what a module consists of besides, and how its function makes the memory grow.
ALONE = {
    "itself": ("", "(drop (memory.grow (i32.const 1)))"),
    "by a call": ("(func $call (call $grow))", "(call $call)"),
    "by a jump": ("(func $jump (return_call $grow))", "(call $jump)"),
    "by a jump through a table": ("(func $jump (return_call_indirect (type $run) (i32.const 0)))", "(call $jump)"),
    "by a jump to a reference": ("(func $jump (return_call_ref $run (ref.func $grow)))", "(call $jump)"),
    "by a table": ("", "(call_indirect (type $run) (i32.const 0))"),
    "by a reference": ("", "(call_ref $run (ref.func $grow))"),
    "by a wider type": ("(type $wide (sub (func))) (type $narrow (sub $wide (func)))"
                        "(func $inner (type $narrow) (call $grow))", "(call_ref $wide (ref.func $inner))"),
    "before a throw": ("(tag $tag) (func $throw (call $grow) (throw $tag))",
                       "(block $caught (try_table (catch_all $caught) (call $throw)))"),
}

# And which function of the module has to be called first: one of another type than what makes the memory grow, for it
# calls others, and so would be taken for a way.
LINKED = {
    "by an import": ('(import "owner" "grow" (func $grow))', "(call $grow)", ()),
    "by what is called like WASI": ('(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))',
                                    "(drop (call $yield))", ()),
    "by an imported table": ('(import "owner" "table" (table 1 funcref))',
                             "(call_indirect (type $run) (i32.const 0))", ()),
    "by an imported global": ('(import "owner" "function" (global $function (ref $run)))',
                              "(call_ref $run (global.get $function))", ()),
    "by a result": (f"""(import "owner" "get" (func $get (result (ref $run)))) {KEPT}
                        (func (export "prepare") (result i32) (global.set $kept (call $get)) (i32.const 0))""",
                    CALL_KEPT, ("prepare",)),
    "by the value of an exception": (
        f"""(import "owner" "throw" (func $throw (result i32)))
            (import "owner" "tag" (tag $tag (param (ref $run)))) {KEPT}
            (func (export "prepare") (result i32)
              (global.set $kept
                (block $caught (result (ref $run)) (try_table (catch $tag $caught) (drop (call $throw))) (unreachable)))
              (i32.const 0))""",
        CALL_KEPT, ("prepare",)),
    "by an object that was given away": (
        f"""(import "owner" "fill" (func $fill (param (ref $cell)))) {CELL}
            (func (export "prepare") (result i32) (call $fill (global.get $cell)) (i32.const 0))""",
        CALL_CELL, ("prepare",)),
    "by an object in disguise": (
        f"""(import "owner" "disguised" (func $get (result externref))) {KEPT}
            (func (export "prepare") (result i32)
              (global.set $kept
                (struct.get $cell $function (ref.cast (ref $cell) (any.convert_extern (call $get)))))
              (i32.const 0))""",
        CALL_KEPT, ("prepare",)),
}

# And the module that does something to it, which is linked with it as "other".
CHANGED = {
    "by an exported table": (
        '(table (export "table") 1 funcref)', "(call_indirect (type $run) (i32.const 0))",
        """(import "owner" "grow" (func $grow)) (import "other" "table" (table 1 funcref))
           (elem (i32.const 0) func $grow)"""),
    "by an exported global": (
        KEPT.replace("(mut", '(export "kept") (mut'), CALL_KEPT,
        """(import "owner" "get" (func $get (result (ref $run))))
           (import "other" "kept" (global $kept (mut (ref null $run))))
           (func $start (global.set $kept (call $get))) (start $start)"""),
    "by an object in an exported global": (
        CELL.replace("(ref $cell)", '(export "cell") (ref $cell)', 1), CALL_CELL,
        """(import "owner" "fill" (func $fill (param (ref $cell))))
           (import "other" "cell" (global $cell (ref $cell)))
           (func $start (call $fill (global.get $cell))) (start $start)"""),
    "by an object that was asked for": (
        f'{CELL} (func (export "cell") (result (ref $cell)) (global.get $cell))', CALL_CELL,
        """(import "owner" "fill" (func $fill (param (ref $cell))))
           (import "other" "cell" (func $cell (result (ref $cell))))
           (func $start (call $fill (call $cell))) (start $start)"""),
    "by an object in disguise that was asked for": (
        f"""{CELL} (func (export "cell") (result externref) (extern.convert_any (global.get $cell)))""", CALL_CELL,
        """(import "owner" "fill" (func $fill (param (ref $cell))))
           (import "other" "cell" (func $cell (result externref)))
           (func $start (call $fill (ref.cast (ref $cell) (any.convert_extern (call $cell))))) (start $start)"""),
}

# And who calls it.
CALLED = {
    "by a parameter": ('(export "store") (type $store)',
                       '(import "other" "store" (func $store (param (ref $run)) (result i32)))',
                       "(call $store (call $get))"),
    "by a parameter of a function that was asked for": (
        "$store (type $store)", '(import "other" "reference" (func $get_store (result (ref $store))))',
        "(call_ref $store (call $get) (call $get_store))"),
    "by a parameter of a function in an exported global": (
        "$store (type $store)", '(import "other" "global" (global $store (ref $store)))',
        "(call_ref $store (call $get) (global.get $store))"),
}
EXPORTS = {
    "by a parameter of a function that was asked for":
        '(func (export "reference") (result (ref $store)) (ref.func $store))',
    "by a parameter of a function in an exported global": '(global (export "global") (ref $store) (ref.func $store))',
}


def add(script, fields, registered=None, instance=None):
    script.module(assemble.module(f"(module {fields})"), registered, instance)


def stores(script, instance=None):
    script.returns("store", [], [i32(7)], instance)


def write(script):
    exported = STORE.replace("{head}", '(export "store")')
    for more, way in ALONE.values():
        add(script, f"""{TYPES} (memory 1) (table 1 funcref) (elem (i32.const 0) func $grow)
            (func $grow (drop (memory.grow (i32.const 1)))) {more} {exported.format(way=way)}""")
        stores(script)
    script.module(assemble.module(OWNER), "owner")
    script.add("register", **{"as": "wasi_snapshot_preview1"})
    for more, way, calls in LINKED.values():
        add(script, f"{TYPES} {MEMORY} {more} {exported.format(way=way)}")
        for field in calls:
            script.returns(field, [], [i32(0)])
        stores(script)
    for more, way, other in CHANGED.values():
        add(script, f"{TYPES} {MEMORY} {more} {exported.format(way=way)}", "other", "$other")
        add(script, f"{TYPES} {other}")
        stores(script, "$other")
    for title, (head, imported, call) in CALLED.items():
        store = STORE.format(head=head, way="(call_ref $run (local.get 0))").replace("(result i32)", "", 1)
        add(script, f"{TYPES} {MEMORY} {store} {EXPORTS.get(title, '')}", "other")
        add(script, f"""{TYPES} (import "owner" "get" (func $get (result (ref $run)))) {imported}
            (func (export "store") (result i32) {call})""")
        stores(script)
    # One memory under two names.
    add(script, f"""{MEMORY} (import "owner" "memory" (memory $same 1))
        {exported.format(way="(drop (memory.grow $same (i32.const 1)))")}""")
    stores(script)
