;; backtest 5: used up its
;; part init
(loop $again (br $again)) (unreachable)
