;; Vectors as arguments of tail calls, in registers and, behind the eighth, on the stack: a million calls by name and by
;; table, between functions of different types. What goes wrong traps.
(module
  (type $even (func (param i32 v128 i64 v128) (result v128)))
  (table funcref (elem $even))
  ;; Two calls make (a, b) into (b + c, a), where c is (1, 2).
  (func $even (param i32 v128 i64 v128) (result v128)
    (if (i32.eqz (local.get 0)) (then
      (if (i64.ne (local.get 2) (i64.const 500000)) (then unreachable))
      (return (i64x2.add (local.get 1) (local.get 3)))))
    (return_call $odd (local.get 3) (i64.add (local.get 2) (i64.const 1)) (i32.sub (local.get 0) (i32.const 1))
      (local.get 1) (v128.const i64x2 9 9) (v128.const i64x2 8 8) (v128.const i64x2 7 7) (v128.const i64x2 6 6)
      (v128.const i64x2 5 5) (v128.const i64x2 4 4) (v128.const i64x2 3 3) (v128.const i64x2 1 2)))
  (func $odd (param v128 i64 i32 v128 v128 v128 v128 v128 v128 v128 v128 v128) (result v128)
    (return_call_indirect (type $even) (i32.sub (local.get 2) (i32.const 1)) (i64x2.add (local.get 0) (local.get 11))
      (local.get 1) (local.get 3) (i32.const 0)))
  (func (export "_start") (local v128)
    (local.set 0 (call $even (i32.const 1000000) (v128.const i64x2 10 20) (i64.const 0) (v128.const i64x2 30 40)))
    (if (i64.ne (i64x2.extract_lane 0 (local.get 0)) (i64.const 500040)) (then unreachable))
    (if (i64.ne (i64x2.extract_lane 1 (local.get 0)) (i64.const 1000060)) (then unreachable))))
