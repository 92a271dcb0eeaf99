;; Linked lists that are made new at each step, as functional programs do: numbers, their squares, those of the squares
;; that are odd, reversed, and the sum; `scale` times over 10000 cells.

(type $cell (sub final (struct (field $value i64) (field $next (ref null $cell)))))
(type $change (func (param i64) (result i64)))
(type $choice (func (param i64) (result i32)))

(func $numbers (param $n i64) (result (ref null $cell)) (local $list (ref null $cell))
  (block $done
    (loop $next
      (br_if $done (i64.eqz (local.get $n)))
      (local.set $list (struct.new $cell (local.get $n) (local.get $list)))
      (local.set $n (i64.sub (local.get $n) (i64.const 1)))
      (br $next)))
  (local.get $list))

(func $map (param $change (ref $change)) (param $list (ref null $cell)) (result (ref null $cell))
  (local $out (ref null $cell))
  (block $done
    (loop $next
      (br_if $done (ref.is_null (local.get $list)))
      (local.set $out (struct.new $cell
        (call_ref $change (struct.get $cell $value (local.get $list)) (local.get $change)) (local.get $out)))
      (local.set $list (struct.get $cell $next (local.get $list)))
      (br $next)))
  (local.get $out))

(func $filter (param $choice (ref $choice)) (param $list (ref null $cell)) (result (ref null $cell))
  (local $out (ref null $cell))
  (block $done
    (loop $next
      (br_if $done (ref.is_null (local.get $list)))
      (if (call_ref $choice (struct.get $cell $value (local.get $list)) (local.get $choice))
        (then (local.set $out (struct.new $cell (struct.get $cell $value (local.get $list)) (local.get $out)))))
      (local.set $list (struct.get $cell $next (local.get $list)))
      (br $next)))
  (local.get $out))

(func $sum (param $list (ref null $cell)) (result i64) (local $sum i64)
  (block $done
    (loop $next
      (br_if $done (ref.is_null (local.get $list)))
      (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) (struct.get $cell $value (local.get $list))))
      (local.set $list (struct.get $cell $next (local.get $list)))
      (br $next)))
  (local.get $sum))

(func $square (param i64) (result i64) (i64.mul (local.get 0) (local.get 0)))
(func $is_odd (param i64) (result i32) (i32.wrap_i64 (i64.and (local.get 0) (i64.const 1))))

(func (export "_start") (local $left i32) (local $total i64)
  (local.set $left (global.get $scale))
  (loop $next
    (local.set $total (i64.add (local.get $total)
      (call $sum (call $filter (ref.func $is_odd) (call $map (ref.func $square) (call $numbers (i64.const 10000)))))))
    (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $print (local.get $total)))
