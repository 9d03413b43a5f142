;; inspect 1: a component that was passed to it
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (component $twice (import "c" (component $c)) (component (export "c")
    (alias outer $twice $c (component $x)) (instance (instantiate $x)) (instance (instantiate $x))))
  (component $nothing)
  (instance $one (instantiate $twice (with "c" (component $nothing))))
  (alias export $one "c" (component $c1))
  (instance $two (instantiate $twice (with "c" (component $c1)))))
