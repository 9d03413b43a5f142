;; inspect 5: failed in `describe`
;; part pages
1000
;; part describe
(i32.store (i32.const 128) (i32.const 0)) (i32.store (i32.const 132) (i32.const 60000000)) (i32.const 128)
