;; backtest 5: used up its
;; part realloc
(loop $again (br $again))
