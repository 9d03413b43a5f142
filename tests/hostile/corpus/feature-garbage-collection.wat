;; inspect 1: damaged or uses
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (type $s (struct (field i32))) (func (drop (struct.new_default $s)))))
