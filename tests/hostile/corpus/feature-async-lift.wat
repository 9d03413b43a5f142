;; inspect 1: damaged or uses
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module $m (func (export "f")) (func (export "c") (param i32 i32 i32) (result i32) (unreachable)))
  (core instance $i (instantiate $m))
  (func (canon lift (core func $i "f") async (callback (func $i "c")))))
