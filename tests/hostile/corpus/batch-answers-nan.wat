;; backtest 5: confidence NaN
;; part on-batch
(call $signal (i32.const 0) (i32.const 0) (f64.const nan:0x8000000000001))
(call $answer (i32.const 1) (i32.const 0) (i32.const 0))
