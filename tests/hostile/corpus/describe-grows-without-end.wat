;; inspect 5: memory_bytes
;; part describe
(loop $again (call $grow (i32.const 16)) (br $again)) (unreachable)
