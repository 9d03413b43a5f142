;; backtest 5: used up its
;; part on-batch
(loop $again (br $again)) (unreachable)
