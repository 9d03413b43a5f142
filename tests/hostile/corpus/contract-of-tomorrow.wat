;; inspect 1: built for `trading:strategy/guest@2.0.0`
(component (instance $guest) (export "trading:strategy/guest@2.0.0" (instance $guest)))
