;; inspect 5: out of bounds
;; part describe
(i32.store (i32.const 152) (i32.const 0)) (i32.store (i32.const 156) (i32.const 1000000000)) (i32.const 128)
