;; inspect 5: stack_bytes
;; part describe
(drop (call $deeper (i32.const 0))) (i32.const 128)
;; part more
(func $deeper (param i32) (result i32) (i32.add (i32.const 1) (call $deeper (local.get 0))))
