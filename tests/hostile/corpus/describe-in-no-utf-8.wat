;; inspect 5: utf-8
;; part describe
(i32.store8 (i32.const 16) (i32.const 255)) (i32.const 128)
