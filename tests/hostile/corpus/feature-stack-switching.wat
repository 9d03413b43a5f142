;; inspect 1: damaged or uses
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (type $f (func)) (type $c (cont $f)) (func (param (ref null $c)))))
