;; backtest 5: \u{1b}[2J
;; part init
(call $refuse (i32.const 4096) (i32.const 12))
;; part more
(data (i32.const 4096) "\1b[2Jno good!")
