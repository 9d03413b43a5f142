;; inspect 1: relaxed
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (func (param v128 v128) (result v128)
    (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))))
