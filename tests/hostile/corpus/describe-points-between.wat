;; inspect 5: align
;; part describe
(i32.const 129)
