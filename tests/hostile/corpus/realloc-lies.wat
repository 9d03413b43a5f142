;; backtest 5: 
;; part realloc
(if (i32.gt_u (global.get $heap) (i32.const 8192)) (then (return (i32.const -16))))
