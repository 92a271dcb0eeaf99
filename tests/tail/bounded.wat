;; Tail calls as compilers make them of last calls: none of these chains is endless, so all of them are calls in C.
(module
  (memory (export "memory") 1)
  (func $end (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $wrapper (param i32) (result i32) (return_call $end (local.get 0)))
  (func $sum (param i32 i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return_call $wrapper (local.get 1))))
    (return_call $sum (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (local.get 0))))
  (func (export "_start")
    (if (i32.ne (call $sum (i32.const 1000) (i32.const 0)) (i32.const 500501)) (then unreachable))))
