;; backtest 5: used up its
;; part pages
1900
;; part on-batch
(loop $again (memory.fill (i32.const 65536) (i32.const 1) (i32.const 120000000)) (br $again)) (unreachable)
