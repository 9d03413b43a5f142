;; inspect 5: failed in `describe`
;; part describe
(unreachable)
