;; inspect 5: failed in `describe`: used up its
;; part describe
(loop $again (br $again)) (unreachable)
