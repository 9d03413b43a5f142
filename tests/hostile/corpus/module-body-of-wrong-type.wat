;; inspect 1: type mismatch
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (func (result i32) (i64.const 1))))
