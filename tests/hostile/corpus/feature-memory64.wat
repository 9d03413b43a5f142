;; inspect 1: memory64
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (memory i64 1)))
