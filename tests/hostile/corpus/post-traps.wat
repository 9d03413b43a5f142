;; backtest 5: 
;; part post
(unreachable)
