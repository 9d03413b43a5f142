;; inspect 5: used up its
;; part describe
(loop $again (call $say (i32.const 1) (i32.const 0) (i32.const 60000)) (br $again)) (unreachable)
