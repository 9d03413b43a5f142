;; inspect 5: does not match the contract
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest)))
