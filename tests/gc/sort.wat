;; An array of structures, sorted by their keys: merge sort with new arrays at each level, `scale` elements, keys from a
;; generator. Prints the sum of key times place, and whether anything is out of order.

(type $item (sub final (struct (field $key i32) (field $weight f64))))
(type $items (array (mut (ref null $item))))

(func $random (param $x i32) (result i32)
  (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))

(func $make (param $n i32) (result (ref $items)) (local $items (ref $items)) (local $i i32) (local $x i32)
  (local.set $items (array.new_default $items (local.get $n)))
  (loop $next
    (local.set $x (call $random (local.get $x)))
    (array.set $items (local.get $items) (local.get $i)
      (struct.new $item (i32.shr_u (local.get $x) (i32.const 8)) (f64.convert_i32_u (local.get $i))))
    (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
  (local.get $items))

(func $slice (param $items (ref $items)) (param $from i32) (param $n i32) (result (ref $items))
  (local $slice (ref $items))
  (local.set $slice (array.new_default $items (local.get $n)))
  (array.copy $items $items (local.get $slice) (i32.const 0) (local.get $items) (local.get $from) (local.get $n))
  (local.get $slice))

(func $is_first (param $a (ref $items)) (param $i i32) (param $b (ref $items)) (param $j i32) (result i32)
  (if (i32.ge_u (local.get $i) (array.len (local.get $a))) (then (return (i32.const 0))))
  (if (i32.ge_u (local.get $j) (array.len (local.get $b))) (then (return (i32.const 1))))
  (i32.le_u (struct.get $item $key (array.get $items (local.get $a) (local.get $i)))
            (struct.get $item $key (array.get $items (local.get $b) (local.get $j)))))

(func $merge (param $a (ref $items)) (param $b (ref $items)) (result (ref $items))
  (local $out (ref $items)) (local $i i32) (local $j i32) (local $k i32)
  (local.set $out (array.new_default $items (i32.add (array.len (local.get $a)) (array.len (local.get $b)))))
  (loop $next
    (if (call $is_first (local.get $a) (local.get $i) (local.get $b) (local.get $j))
      (then
        (array.set $items (local.get $out) (local.get $k) (array.get $items (local.get $a) (local.get $i)))
        (local.set $i (i32.add (local.get $i) (i32.const 1))))
      (else
        (array.set $items (local.get $out) (local.get $k) (array.get $items (local.get $b) (local.get $j)))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))))
    (br_if $next (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (array.len (local.get $out)))))
  (local.get $out))

(func $sort (param $items (ref $items)) (result (ref $items)) (local $n i32) (local $half i32)
  (local.set $n (array.len (local.get $items)))
  (if (i32.lt_u (local.get $n) (i32.const 2)) (then (return (local.get $items))))
  (local.set $half (i32.shr_u (local.get $n) (i32.const 1)))
  (call $merge
    (call $sort (call $slice (local.get $items) (i32.const 0) (local.get $half)))
    (call $sort (call $slice (local.get $items) (local.get $half) (i32.sub (local.get $n) (local.get $half))))))

(func (export "_start") (local $items (ref $items)) (local $i i32) (local $sum i64) (local $wrong i64) (local $last i32)
  (local $item (ref null $item))
  (local.set $items (call $sort (call $make (global.get $scale))))
  (loop $next
    (local.set $item (array.get $items (local.get $items) (local.get $i)))
    (if (i32.lt_u (struct.get $item $key (local.get $item)) (local.get $last))
      (then (local.set $wrong (i64.add (local.get $wrong) (i64.const 1)))))
    (local.set $last (struct.get $item $key (local.get $item)))
    (local.set $sum (i64.add (local.get $sum)
      (i64.mul (i64.extend_i32_u (local.get $last)) (i64.extend_i32_u (local.get $i)))))
    (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (global.get $scale))))
  (call $print (local.get $sum))
  (call $print (local.get $wrong)))
