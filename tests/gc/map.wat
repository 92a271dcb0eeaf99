;; A hash map of structures, chained, which doubles when it is full: `scale` insertions of keys from a generator, each
;; counted, every third looked up again, every fifth removed. Prints the size, the sum of counts, and what was found.

(type $entry (sub final (struct (field $key i32) (field $count (mut i32)) (field $next (mut (ref null $entry))))))
(type $buckets (array (mut (ref null $entry))))
(type $map (struct (field $buckets (mut (ref $buckets))) (field $size (mut i32))))

(func $bucket (param $buckets (ref $buckets)) (param $key i32) (result i32)
  (i32.and (i32.shr_u (i32.mul (local.get $key) (i32.const 0x9e3779b1)) (i32.const 7))
           (i32.sub (array.len (local.get $buckets)) (i32.const 1))))

(func $find (param $map (ref $map)) (param $key i32) (result (ref null $entry)) (local $entry (ref null $entry))
  (local.set $entry (array.get $buckets (struct.get $map $buckets (local.get $map))
    (call $bucket (struct.get $map $buckets (local.get $map)) (local.get $key))))
  (block $done
    (loop $next
      (br_if $done (ref.is_null (local.get $entry)))
      (br_if $done (i32.eq (struct.get $entry $key (local.get $entry)) (local.get $key)))
      (local.set $entry (struct.get $entry $next (local.get $entry)))
      (br $next)))
  (local.get $entry))

(func $grow (param $map (ref $map)) (local $old (ref $buckets)) (local $new (ref $buckets)) (local $i i32)
  (local $at i32) (local $entry (ref null $entry)) (local $next (ref null $entry))
  (local.set $old (struct.get $map $buckets (local.get $map)))
  (local.set $new (array.new_default $buckets (i32.shl (array.len (local.get $old)) (i32.const 1))))
  (loop $each
    (local.set $entry (array.get $buckets (local.get $old) (local.get $i)))
    (block $done
      (loop $move
        (br_if $done (ref.is_null (local.get $entry)))
        (local.set $next (struct.get $entry $next (local.get $entry)))
        (local.set $at (call $bucket (local.get $new) (struct.get $entry $key (local.get $entry))))
        (struct.set $entry $next (local.get $entry) (array.get $buckets (local.get $new) (local.get $at)))
        (array.set $buckets (local.get $new) (local.get $at) (local.get $entry))
        (local.set $entry (local.get $next))
        (br $move)))
    (br_if $each (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $old)))))
  (struct.set $map $buckets (local.get $map) (local.get $new)))

(func $add (param $map (ref $map)) (param $key i32) (local $entry (ref null $entry)) (local $at i32)
  (local.set $entry (call $find (local.get $map) (local.get $key)))
  (if (i32.eqz (ref.is_null (local.get $entry)))
    (then
      (struct.set $entry $count (local.get $entry)
        (i32.add (struct.get $entry $count (local.get $entry)) (i32.const 1)))
      (return)))
  (if (i32.ge_u (struct.get $map $size (local.get $map)) (array.len (struct.get $map $buckets (local.get $map))))
    (then (call $grow (local.get $map))))
  (local.set $at (call $bucket (struct.get $map $buckets (local.get $map)) (local.get $key)))
  (array.set $buckets (struct.get $map $buckets (local.get $map)) (local.get $at)
    (struct.new $entry (local.get $key) (i32.const 1)
      (array.get $buckets (struct.get $map $buckets (local.get $map)) (local.get $at))))
  (struct.set $map $size (local.get $map) (i32.add (struct.get $map $size (local.get $map)) (i32.const 1))))

(func $remove (param $map (ref $map)) (param $key i32) (local $at i32) (local $entry (ref null $entry))
  (local $before (ref null $entry))
  (local.set $at (call $bucket (struct.get $map $buckets (local.get $map)) (local.get $key)))
  (local.set $entry (array.get $buckets (struct.get $map $buckets (local.get $map)) (local.get $at)))
  (block $found
    (loop $next
      (if (ref.is_null (local.get $entry)) (then (return)))
      (br_if $found (i32.eq (struct.get $entry $key (local.get $entry)) (local.get $key)))
      (local.set $before (local.get $entry))
      (local.set $entry (struct.get $entry $next (local.get $entry)))
      (br $next)))
  (if (ref.is_null (local.get $before))
    (then (array.set $buckets (struct.get $map $buckets (local.get $map)) (local.get $at)
            (struct.get $entry $next (local.get $entry))))
    (else (struct.set $entry $next (local.get $before) (struct.get $entry $next (local.get $entry)))))
  (struct.set $map $size (local.get $map) (i32.sub (struct.get $map $size (local.get $map)) (i32.const 1))))

(func $sum (param $map (ref $map)) (result i64) (local $i i32) (local $sum i64) (local $entry (ref null $entry))
  (loop $each
    (local.set $entry (array.get $buckets (struct.get $map $buckets (local.get $map)) (local.get $i)))
    (block $done
      (loop $next
        (br_if $done (ref.is_null (local.get $entry)))
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (struct.get $entry $count (local.get $entry)))))
        (local.set $entry (struct.get $entry $next (local.get $entry)))
        (br $next)))
    (br_if $each (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                           (array.len (struct.get $map $buckets (local.get $map))))))
  (local.get $sum))

(func (export "_start") (local $map (ref $map)) (local $i i32) (local $x i32) (local $key i32) (local $found i64)
  (local.set $map (struct.new $map (array.new_default $buckets (i32.const 16)) (i32.const 0)))
  (loop $next
    (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
    (local.set $key (i32.rem_u (i32.shr_u (local.get $x) (i32.const 4)) (global.get $scale)))
    (call $add (local.get $map) (local.get $key))
    (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 3)))
      (then (if (i32.eqz (ref.is_null (call $find (local.get $map) (i32.sub (global.get $scale) (local.get $key)))))
              (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))))
    (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 5)))
      (then (call $remove (local.get $map) (local.get $key))))
    (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (global.get $scale))))
  (call $print (i64.extend_i32_u (struct.get $map $size (local.get $map))))
  (call $print (call $sum (local.get $map)))
  (call $print (local.get $found)))
