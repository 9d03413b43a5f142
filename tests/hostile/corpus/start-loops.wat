;; inspect 5: failed in its start: used up
;; part more
(func $s (loop $l (br $l))) (start $s)
