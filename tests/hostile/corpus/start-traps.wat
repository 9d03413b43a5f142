;; inspect 5: failed in its start
;; part more
(func $s (unreachable)) (start $s)
