;; backtest 5: 
;; part realloc
(return (i32.const 65535))
