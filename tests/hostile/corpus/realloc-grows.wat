;; backtest 5: memory_bytes
;; part realloc
(drop (memory.grow (i32.const 5000)))
