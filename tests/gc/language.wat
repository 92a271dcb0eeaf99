;; What a language with objects does: expressions as trees of subtypes, told apart by casts; numbers that are small
;; (i31) or in a box; functions with an environment; exceptions that carry objects.
;;
;; For each i below `scale` it evaluates (3 i + 1) (i + 2) - i, twice: by the classes' own functions, which each node
;; has a reference to, and by casts. Every seventh adds 1 in a closure, every fifth divides by zero and is caught.

(rec
  (type $node (sub (struct (field $evaluate (ref $evaluate)))))
  (type $evaluate (func (param (ref $node)) (result (ref eq)))))
(type $constant (sub final $node (struct (field (ref $evaluate)) (field $value (ref eq)))))
(type $binary (sub $node (struct (field (ref $evaluate)) (field $left (ref $node)) (field $right (ref $node)))))
;; In one group: apart, the three would be one type.
(rec
  (type $sum (sub final $binary (struct (field (ref $evaluate)) (field (ref $node)) (field (ref $node)))))
  (type $product (sub final $binary (struct (field (ref $evaluate)) (field (ref $node)) (field (ref $node)))))
  (type $quotient (sub final $binary (struct (field (ref $evaluate)) (field (ref $node)) (field (ref $node))))))
(type $box (sub final (struct (field $value i64))))
(rec
  (type $closure (sub (struct (field $code (ref $apply)))))
  (type $apply (func (param (ref $closure) (ref eq)) (result (ref eq)))))
(type $adder (sub final $closure (struct (field (ref $apply)) (field $more i64))))
(tag $division (param (ref $node)))

;; ---- numbers: i31 if they fit ----

(func $number (param $value i64) (result (ref eq))
  (if (result (ref eq)) (i64.lt_u (i64.add (local.get $value) (i64.const 0x40000000)) (i64.const 0x80000000))
    (then (ref.i31 (i32.wrap_i64 (local.get $value))))
    (else (struct.new $box (local.get $value)))))

(func $value (param $number (ref eq)) (result i64)
  (block $is_box (result (ref $box))
    (return (i64.extend_i32_s (i31.get_s (ref.cast (ref i31)
      (br_on_cast $is_box (ref eq) (ref $box) (local.get $number)))))))
  (struct.get $box $value))

;; ---- by functions of the classes ----

(func $evaluate (param $node (ref $node)) (result i64)
  (call $value (call_ref $evaluate (local.get $node) (struct.get $node $evaluate (local.get $node)))))

(func $left (param $node (ref $node)) (result i64)
  (call $evaluate (struct.get $binary $left (ref.cast (ref $binary) (local.get $node)))))
(func $right (param $node (ref $node)) (result i64)
  (call $evaluate (struct.get $binary $right (ref.cast (ref $binary) (local.get $node)))))

(func $evaluate_constant (type $evaluate) (struct.get $constant $value (ref.cast (ref $constant) (local.get 0))))
(func $evaluate_sum (type $evaluate)
  (call $number (i64.add (call $left (local.get 0)) (call $right (local.get 0)))))
(func $evaluate_product (type $evaluate)
  (call $number (i64.mul (call $left (local.get 0)) (call $right (local.get 0)))))
(func $evaluate_quotient (type $evaluate)
  (if (i64.eqz (call $right (local.get 0))) (then (throw $division (local.get 0))))
  (call $number (i64.div_s (call $left (local.get 0)) (call $right (local.get 0)))))

;; ---- by casts ----

(func $by_casts (param $node (ref $node)) (result i64) (local $a i64) (local $b i64)
  (block $is_constant (result (ref $constant))
    (br_on_cast $is_constant (ref $node) (ref $constant) (local.get $node))
    (drop)
    (local.set $a (call $by_casts (struct.get $binary $left (ref.cast (ref $binary) (local.get $node)))))
    (local.set $b (call $by_casts (struct.get $binary $right (ref.cast (ref $binary) (local.get $node)))))
    (if (ref.test (ref $sum) (local.get $node)) (then (return (i64.add (local.get $a) (local.get $b)))))
    (if (ref.test (ref $product) (local.get $node)) (then (return (i64.mul (local.get $a) (local.get $b)))))
    (unreachable))
  (call $value (struct.get $constant $value)))

;; ---- the rest ----

(func $constant (param i64) (result (ref $node))
  (struct.new $constant (ref.func $evaluate_constant) (call $number (local.get 0))))
(func $sum (param (ref $node) (ref $node)) (result (ref $node))
  (struct.new $sum (ref.func $evaluate_sum) (local.get 0) (local.get 1)))
(func $product (param (ref $node) (ref $node)) (result (ref $node))
  (struct.new $product (ref.func $evaluate_product) (local.get 0) (local.get 1)))

(func $expression (param $i i64) (result (ref $node))
  (call $sum
    (call $product
      (call $sum (call $product (call $constant (local.get $i)) (call $constant (i64.const 3)))
                 (call $constant (i64.const 1)))
      (call $sum (call $constant (local.get $i)) (call $constant (i64.const 2))))
    (call $constant (i64.sub (i64.const 0) (local.get $i)))))

(func $add (type $apply)
  (call $number (i64.add (call $value (local.get 1))
    (struct.get $adder $more (ref.cast (ref $adder) (local.get 0))))))
(func $apply (param $closure (ref $closure)) (param $to i64) (result i64)
  (call $value (call_ref $apply (local.get $closure) (call $number (local.get $to))
                               (struct.get $closure $code (local.get $closure)))))

;; 1 if the quotient's divisor is 0, and the exception brings the quotient that was made here.
(func $divides_by_zero (param $i i64) (result i32) (local $quotient (ref $node))
  (local.set $quotient (struct.new $quotient (ref.func $evaluate_quotient) (call $expression (local.get $i))
    (call $constant (i64.sub (i64.rem_u (local.get $i) (i64.const 5)) (i64.const 4)))))
  (block $caught (result (ref $node))
    (try_table (catch $division $caught)
      (drop (call $evaluate (local.get $quotient)))
      (return (i32.const 0)))
    (unreachable))
  (ref.eq (local.get $quotient)))

(func (export "_start") (local $i i64) (local $value i64) (local $sum i64) (local $caught i64)
  (local $node (ref $node)) (local $closure (ref $closure))
  (loop $next
    (local.set $node (call $expression (local.get $i)))
    (local.set $closure (struct.new $adder (ref.func $add)
      (i64.extend_i32_u (i64.eq (i64.rem_u (local.get $i) (i64.const 7)) (i64.const 3)))))
    (local.set $value (call $evaluate (local.get $node)))
    (if (i64.ne (local.get $value) (call $by_casts (local.get $node))) (then (unreachable)))
    (local.set $sum (i64.add (local.get $sum) (call $apply (local.get $closure) (local.get $value))))
    (local.set $caught (i64.add (local.get $caught) (i64.extend_i32_u (call $divides_by_zero (local.get $i)))))
    (br_if $next (i64.lt_u (local.tee $i (i64.add (local.get $i) (i64.const 1)))
                           (i64.extend_i32_u (global.get $scale)))))
  (call $print (local.get $sum))
  (call $print (local.get $caught)))
