;; Objects that live briefly, of every kind, beside a few that live longer: each round makes a tree, a list, a large
;; array and a small one, adds up what is in them, and keeps the list for a hundred rounds. See check.py for the bytes.

(type $tree (sub final (struct (field $left (ref null $tree)) (field $right (ref null $tree)))))
(type $cell (struct (field $value (mut i64)) (field $next (mut (ref null $cell)))))
(type $numbers (array (mut i32)))
(type $bytes (array (mut i8)))
(type $lists (array (mut (ref null $cell))))
(global $kept (mut (ref null $lists)) (ref.null $lists))

(func $make_tree (param $depth i32) (result (ref $tree))
  (if (result (ref $tree)) (i32.eqz (local.get $depth))
    (then (struct.new $tree (ref.null $tree) (ref.null $tree)))
    (else (struct.new $tree
      (call $make_tree (i32.sub (local.get $depth) (i32.const 1)))
      (call $make_tree (i32.sub (local.get $depth) (i32.const 1)))))))

(func $count (param $tree (ref null $tree)) (result i64)
  (if (result i64) (ref.is_null (local.get $tree))
    (then (i64.const 0))
    (else (i64.add (i64.const 1)
      (i64.add (call $count (struct.get $tree $left (local.get $tree)))
               (call $count (struct.get $tree $right (local.get $tree))))))))

(func $make_list (param $length i32) (param $value i64) (result (ref null $cell)) (local $list (ref null $cell))
  (loop $next
    (local.set $list (struct.new $cell (local.get $value) (local.get $list)))
    (br_if $next (local.tee $length (i32.sub (local.get $length) (i32.const 1)))))
  (local.get $list))

(func $sum (param $list (ref null $cell)) (result i64) (local $sum i64)
  (block $done
    (loop $next
      (br_if $done (ref.is_null (local.get $list)))
      (local.set $sum (i64.add (local.get $sum) (struct.get $cell $value (local.get $list))))
      (local.set $list (struct.get $cell $next (local.get $list)))
      (br $next)))
  (local.get $sum))

(func $arrays (param $round i32) (result i64) (local $large (ref $numbers)) (local $small (ref $bytes))
  (local.set $large (array.new $numbers (local.get $round) (i32.const 10000)))
  (local.set $small (array.new $bytes (local.get $round) (i32.const 1000)))
  (i64.add
    (i64.extend_i32_u (array.get $numbers (local.get $large) (i32.const 9999)))
    (i64.extend_i32_u (array.get_u $bytes (local.get $small) (i32.const 999)))))

(func (export "_start") (local $round i32) (local $total i64) (local $list (ref null $cell))
  (global.set $kept (array.new_default $lists (i32.const 100)))
  (loop $next
    (local.set $list (call $make_list (i32.const 1000) (i64.extend_i32_u (local.get $round))))
    (array.set $lists (global.get $kept) (i32.rem_u (local.get $round) (i32.const 100)) (local.get $list))
    (local.set $total (i64.add (local.get $total) (call $count (call $make_tree (i32.const 10)))))
    (local.set $total (i64.add (local.get $total) (call $arrays (local.get $round))))
    (local.set $total (i64.add (local.get $total)
      (call $sum (array.get $lists (global.get $kept)
        (i32.rem_u (i32.add (local.get $round) (i32.const 1)) (i32.const 100))))))
    (br_if $next (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (global.get $scale))))
  (call $print (local.get $total)))
