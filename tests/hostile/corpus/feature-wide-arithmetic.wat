;; inspect 1: damaged or uses
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (func (param i64 i64 i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))))
