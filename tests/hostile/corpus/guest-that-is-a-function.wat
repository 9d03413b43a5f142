;; inspect 5: does not match the contract
(component
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func $f (canon lift (core func $i "f")))
  (export "trading:strategy/guest@1.0.0" (func $f)))
