;; inspect 5: memory_bytes
;; part more
(func $s (drop (memory.grow (i32.const 65000)))) (start $s)
