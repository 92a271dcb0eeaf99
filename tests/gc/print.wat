;; What every program here begins with: numbers, each on a line of standard output. A program ends with the field
;; (global $scale i32 ...), which check.py appends.

(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
(memory (export "memory") 1)

(func $print (param $n i64) (local $at i32)
  (i32.store8 (local.tee $at (i32.const 64)) (i32.const 10))
  (loop $next
    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
    (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $n) (i64.const 10)))))
    (br_if $next (i64.ne (i64.const 0) (local.tee $n (i64.div_u (local.get $n) (i64.const 10))))))
  (i32.store (i32.const 0) (local.get $at))
  (i32.store (i32.const 4) (i32.sub (i32.const 65) (local.get $at)))
  (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
