;; An object whose only reference is an argument of a tail call, while another thread collects. Where a compiler makes
;; no jumps of tail calls, arguments are put aside now and then while frames return, and then nothing else has them.
;; `scale` chains of `effort` calls, with a new object at every 1024th; the first thread makes garbage meanwhile. Prints
;; the number of chains at whose end the object was what it should be, and of the others.

(type $box (struct (field $value i32)))
(type $step (func (param (ref $box) i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
(import "env" "memory" (memory $memory 1 1 shared))
(export "memory" (memory $memory))

;; 128: whether the thread has ended; 132: how much garbage there has been; 136, 140: right, wrong

(func $print (param $n i64) (local $at i32)
  (i32.store8 (local.tee $at (i32.const 64)) (i32.const 10))
  (loop $next
    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
    (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $n) (i64.const 10)))))
    (br_if $next (i64.ne (i64.const 0) (local.tee $n (i64.div_u (local.get $n) (i64.const 10))))))
  (i32.store (i32.const 0) (local.get $at))
  (i32.store (i32.const 4) (i32.sub (i32.const 65) (local.get $at)))
  (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

(func $even (type $step)
  (if (i32.eqz (local.get 1)) (then (return (struct.get $box $value (local.get 0)))))
  (if (i32.eqz (i32.and (local.get 1) (i32.const 1023)))
    (then (local.set 0 (struct.new $box (i32.add (struct.get $box $value (local.get 0)) (i32.const 1))))))
  (return_call $odd (local.get 0) (i32.sub (local.get 1) (i32.const 1))))

(func $odd (type $step)
  (return_call_ref $step (local.get 0) (i32.sub (local.get 1) (i32.const 1)) (ref.func $even)))

(func (export "wasi_thread_start") (param $id i32) (param $argument i32) (local $left i32) (local $is_right i32)
  (local.set $left (global.get $scale))
  (loop $wait (br_if $wait (i32.lt_u (i32.atomic.load (i32.const 132)) (i32.const 10))))
  (loop $next
    (local.set $is_right (i32.eq
      (call $even (struct.new $box (i32.const 5)) (global.get $effort))
      (i32.add (i32.const 5) (i32.shr_u (global.get $effort) (i32.const 10)))))
    (drop (i32.atomic.rmw.add (select (i32.const 136) (i32.const 140) (local.get $is_right)) (i32.const 1)))
    (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (i32.atomic.store (i32.const 128) (i32.const 1)))

(func (export "_start")
  (drop (call $spawn (i32.const 0)))
  (loop $next
    (drop (struct.new $box (i32.const -1)))
    (drop (i32.atomic.rmw.add (i32.const 132) (i32.const 1)))
    (br_if $next (i32.eqz (i32.atomic.load (i32.const 128)))))
  (call $print (i64.extend_i32_u (i32.atomic.load (i32.const 136))))
  (call $print (i64.extend_i32_u (i32.atomic.load (i32.const 140)))))
