;; backtest 5: used up its
;; part post
(loop $again (br $again))
