;; inspect 1: multiple memories
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (memory 1) (memory 1)))
