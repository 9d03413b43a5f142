;; inspect 5: out of bounds
;; part describe
(i32.const -8)
