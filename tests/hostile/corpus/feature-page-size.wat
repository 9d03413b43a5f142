;; inspect 1: custom page sizes
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (memory 1 (pagesize 1))))
