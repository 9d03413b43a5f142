;; inspect 1: tail calls
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (func $f (return_call $f))))
