;; Binary trees: one that stays, of depth `scale`, and many that do not, of depths from 4 to that, as many nodes of each
;; depth. What is printed are the numbers of nodes.

(type $tree (sub final (struct (field $left (ref null $tree)) (field $right (ref null $tree)))))

(func $make (param $depth i32) (result (ref $tree))
  (if (result (ref $tree)) (i32.eqz (local.get $depth))
    (then (struct.new $tree (ref.null $tree) (ref.null $tree)))
    (else (struct.new $tree
      (call $make (i32.sub (local.get $depth) (i32.const 1)))
      (call $make (i32.sub (local.get $depth) (i32.const 1)))))))

(func $count (param $tree (ref null $tree)) (result i64)
  (if (result i64) (ref.is_null (local.get $tree))
    (then (i64.const 0))
    (else (i64.add (i64.const 1)
      (i64.add (call $count (struct.get $tree $left (local.get $tree)))
               (call $count (struct.get $tree $right (local.get $tree))))))))

(func $many (param $depth i32) (result i64) (local $left i32) (local $nodes i64)
  (local.set $left (i32.shl (i32.const 16) (i32.sub (global.get $scale) (local.get $depth))))
  (loop $next
    (local.set $nodes (i64.add (local.get $nodes) (call $count (call $make (local.get $depth)))))
    (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (local.get $nodes))

(func (export "_start") (local $depth i32) (local $stays (ref $tree))
  (local.set $stays (call $make (global.get $scale)))
  (local.set $depth (i32.const 4))
  (loop $next
    (call $print (call $many (local.get $depth)))
    (br_if $next (i32.le_u (local.tee $depth (i32.add (local.get $depth) (i32.const 4))) (global.get $scale))))
  (call $print (call $count (local.get $stays))))
