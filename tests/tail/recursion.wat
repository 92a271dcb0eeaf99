;; Ordinary calls that never end, among functions that make tail calls: these need a frame each, so the stack ends.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $depth (mut i32) (i32.const 0))
  ;; the call in last position is ordinary; the callee comes back by a tail call
  (func $low (param i32) (result i32)
    (call $high (i32.add (local.get 0) (i32.const 1))))
  (func $middle (param i32) (result i32)
    (return_call $low (local.get 0)))
  (func $high (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return_call $high2 (local.get 0))))
    (return_call $middle (local.get 0)))
  (func $high2 (param i32) (result i32)
    (return_call $high (i32.sub (local.get 0) (i32.const 1))))
  (func (export "_start")
    (drop (call $high (i32.const 5)))))
