;; inspect 5: does not match the contract
(component
  (core module $m (func (export "f") (param i64)))
  (core instance $i (instantiate $m))
  (func $f (param "x" u64) (canon lift (core func $i "f")))
  (instance $guest (export "describe" (func $f)) (export "init" (func $f)) (export "on-batch" (func $f)))
  (export "trading:strategy/guest@1.0.0" (instance $guest)))
