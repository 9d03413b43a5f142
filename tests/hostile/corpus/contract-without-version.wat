;; inspect 1: built for `trading:strategy/guest`
(component (instance $guest) (export "trading:strategy/guest" (instance $guest)))
