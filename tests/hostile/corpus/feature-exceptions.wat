;; inspect 1: damaged or uses
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (tag $t) (func (throw $t))))
