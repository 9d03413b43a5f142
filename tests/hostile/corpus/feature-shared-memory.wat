;; inspect 1: shared
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (memory 1 1 shared)))
