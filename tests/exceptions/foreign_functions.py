"""Functions of others that throw, and get into a module by objects which it shares: it has to look for what they throw
where it calls them. Each module here has one way in, and says 2 when it has caught what is thrown.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import assemble
from module_text import i32

TYPES = """(type $run (func (param f32)))
  (type $cell (struct (field $function (mut (ref null $run)))))"""
CELL = "(global $cell (ref $cell) (struct.new $cell (ref.null $run)))"
OWNER = f"""(module {TYPES}
  (tag $tag)
  (func $throw (export "throw") (param f32) (throw $tag))
  (func (export "fill") (param (ref $cell)) (struct.set $cell $function (local.get 0) (ref.func $throw)))
  (func (export "disguised") (result externref) (extern.convert_any (struct.new $cell (ref.func $throw)))))"""
CATCHING = """(func (export "catching") (result i32)
    (block $caught
      (try_table (catch_all $caught)
        (call_ref $run (f32.const 0) (struct.get $cell $function (global.get $cell))))
      (return (i32.const 1)))
    (i32.const 2))"""

# What lets it in; and who fills the object, of a module that is linked with the first as "other".
WAYS = [
    (f"""(import "owner" "fill" (func $fill (param (ref $cell)))) {CELL}
         (func (export "prepare") (result i32) (call $fill (global.get $cell)) (i32.const 0))""", None),
    (f"""(import "owner" "disguised" (func $get (result externref)))
         (global $cell (mut (ref $cell)) (struct.new $cell (ref.null $run)))
         (func (export "prepare") (result i32)
           (global.set $cell (ref.cast (ref $cell) (any.convert_extern (call $get)))) (i32.const 0))""", None),
    (CELL.replace("(ref $cell)", '(export "cell") (ref $cell)', 1),
     """(import "owner" "fill" (func $fill (param (ref $cell)))) (import "other" "cell" (global $cell (ref $cell)))
        (func (export "prepare") (result i32) (call $fill (global.get $cell)) (i32.const 0))"""),
    (f'{CELL} (func (export "cell") (result (ref $cell)) (global.get $cell))',
     """(import "owner" "fill" (func $fill (param (ref $cell))))
        (import "other" "cell" (func $cell (result (ref $cell))))
        (func (export "prepare") (result i32) (call $fill (call $cell)) (i32.const 0))"""),
]


def write(script):
    script.module(assemble.module(OWNER), "owner")
    for way, filling in WAYS:
        script.module(assemble.module(f"(module {TYPES} {way} {CATCHING})"), "other", "$other")
        if filling:
            script.module(assemble.module(f"(module {TYPES} {filling})"))
        script.returns("prepare", [], [i32(0)])
        script.returns("catching", [], [i32(2)], "$other")
