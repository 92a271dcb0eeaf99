;; Threads that share a memory, each with objects of its own: in variables, in a table, in a global. `scale` rounds,
;; in each of which four threads are made. One allocates `effort` trees; one waits for a word of the memory; one sleeps
;; in the host; one returns at once, so that its variables are gone when others collect. Meanwhile the first thread
;; allocates. All check afterwards what they had. Prints the number of checks that were right, and of those that were
;; not.

(type $tree (sub (struct (field $left (ref null $tree)) (field $right (ref null $tree)) (field $name i32))))
(type $leaf (sub $tree (struct (field $left (ref null $tree)) (field $right (ref null $tree)) (field $name i32)
                               (field $mark i64))))
(type $work (func (param i32)))
(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
(import "env" "memory" (memory $memory 1 1 shared))
(export "memory" (memory $memory))

;; 128: the word that is waited for; 132: threads that have ended; 136, 140: checks that were right, that were wrong
(table $trees 2 (ref null $tree))
(global $tree (mut (ref null $tree)) (struct.new $leaf (ref.null $tree) (ref.null $tree) (i32.const 7) (i64.const 7)))
(global $scratch i32 (i32.const 1024))

(func $print (param $n i64) (local $at i32)
  (i32.store8 (local.tee $at (i32.const 64)) (i32.const 10))
  (loop $next
    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
    (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $n) (i64.const 10)))))
    (br_if $next (i64.ne (i64.const 0) (local.tee $n (i64.div_u (local.get $n) (i64.const 10))))))
  (i32.store (i32.const 0) (local.get $at))
  (i32.store (i32.const 4) (i32.sub (i32.const 65) (local.get $at)))
  (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

(func $make (param $depth i32) (param $name i32) (result (ref $tree))
  (if (result (ref $tree)) (i32.eqz (local.get $depth))
    (then (struct.new $leaf (ref.null $tree) (ref.null $tree) (local.get $name) (i64.extend_i32_u (local.get $name))))
    (else (struct.new $tree
      (call $make (i32.sub (local.get $depth) (i32.const 1)) (i32.shl (local.get $name) (i32.const 1)))
      (call $make (i32.sub (local.get $depth) (i32.const 1))
                  (i32.add (i32.shl (local.get $name) (i32.const 1)) (i32.const 1)))
      (local.get $name)))))

;; Whether all nodes are what they were.
(func $is_whole (param $tree (ref null $tree)) (param $depth i32) (param $name i32) (result i32)
  (if (i32.ne (struct.get $tree $name (local.get $tree)) (local.get $name)) (then (return (i32.const 0))))
  (if (i32.eqz (local.get $depth))
    (then (return (i64.eq (i64.extend_i32_u (local.get $name))
                          (struct.get $leaf $mark (ref.cast (ref $leaf) (local.get $tree)))))))
  (i32.and
    (call $is_whole (struct.get $tree $left (local.get $tree)) (i32.sub (local.get $depth) (i32.const 1))
                    (i32.shl (local.get $name) (i32.const 1)))
    (call $is_whole (struct.get $tree $right (local.get $tree)) (i32.sub (local.get $depth) (i32.const 1))
                    (i32.add (i32.shl (local.get $name) (i32.const 1)) (i32.const 1)))))

(func $note (param $is_right i32)
  (drop (i32.atomic.rmw.add (select (i32.const 136) (i32.const 140) (local.get $is_right)) (i32.const 1))))

(func $allocate (param $argument i32) (local $left i32)
  (local.set $left (global.get $effort))
  (loop $next
    (call $note (call $is_whole (call $make (i32.const 6) (local.get $argument)) (i32.const 6) (local.get $argument)))
    (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))

(func $wait (param $argument i32)
  (drop (memory.atomic.wait32 (i32.const 128) (i32.const 0) (i64.const -1))))

;; A subscription to the clock: 20 ms. Each thread has 256 bytes of its own behind 1024.
(func $sleep (param $argument i32) (local $at i32)
  (local.set $at (i32.add (global.get $scratch) (i32.shl (local.get $argument) (i32.const 8))))
  (i64.store (local.get $at) (i64.const 1))
  (i64.store offset=8 (local.get $at) (i64.const 0))
  (i32.store offset=16 (local.get $at) (i32.const 1))
  (i64.store offset=24 (local.get $at) (i64.const 20000000))
  (i64.store offset=32 (local.get $at) (i64.const 1))
  (i32.store16 offset=40 (local.get $at) (i32.const 0))
  (call $note (i32.eqz (call $poll_oneoff (local.get $at) (i32.add (local.get $at) (i32.const 64)) (i32.const 1)
                                          (i32.add (local.get $at) (i32.const 128))))))

(func $leave (param $argument i32))

(table $works funcref (elem $allocate $wait $sleep $leave))

;; The same tree by three ways: a variable, the table, the global. Two more are garbage as soon as they are made.
(func $thread (export "wasi_thread_start") (param $id i32) (param $argument i32) (local $own (ref $tree))
  (call $note (i32.eq (i32.const 7) (struct.get $tree $name (global.get $tree))))
  (local.set $own (call $make (i32.const 5) (local.get $argument)))
  (table.set $trees (i32.const 1) (call $make (i32.const 6) (local.get $argument)))
  (global.set $tree (call $make (i32.const 4) (local.get $argument)))
  (call_indirect $works (type $work) (local.get $argument)
    (i32.and (local.get $argument) (i32.const 3)))
  (call $note (call $is_whole (local.get $own) (i32.const 5) (local.get $argument)))
  (call $note (call $is_whole (table.get $trees (i32.const 1)) (i32.const 6) (local.get $argument)))
  (call $note (call $is_whole (global.get $tree) (i32.const 4) (local.get $argument)))
  (drop (i32.atomic.rmw.add (i32.const 132) (i32.const 1)))
  (drop (memory.atomic.notify (i32.const 132) (i32.const 1))))

(func $round (param $first i32) (local $ended i32)
  (i32.atomic.store (i32.const 128) (i32.const 0))
  (i32.atomic.store (i32.const 132) (i32.const 0))
  (call $note (i32.gt_s (call $spawn (local.get $first)) (i32.const 0)))
  (call $note (i32.gt_s (call $spawn (i32.add (local.get $first) (i32.const 1))) (i32.const 0)))
  (call $note (i32.gt_s (call $spawn (i32.add (local.get $first) (i32.const 2))) (i32.const 0)))
  (call $note (i32.gt_s (call $spawn (i32.add (local.get $first) (i32.const 3))) (i32.const 0)))
  (call $allocate (i32.const 4))
  (i32.atomic.store (i32.const 128) (i32.const 1))
  (drop (memory.atomic.notify (i32.const 128) (i32.const -1)))
  (block $done
    (loop $next
      (local.set $ended (i32.atomic.load (i32.const 132)))
      (br_if $done (i32.eq (local.get $ended) (i32.const 4)))
      (drop (memory.atomic.wait32 (i32.const 132) (local.get $ended) (i64.const -1)))
      (br $next))))

(func (export "_start") (local $left i32)
  (local.set $left (global.get $scale))
  (loop $next
    (call $round (i32.const 4))
    (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $print (i64.extend_i32_u (i32.atomic.load (i32.const 136))))
  (call $print (i64.extend_i32_u (i32.atomic.load (i32.const 140)))))
