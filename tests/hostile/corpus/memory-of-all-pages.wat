;; inspect 5: memory_bytes
;; part pages
65536
