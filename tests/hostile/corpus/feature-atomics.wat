;; inspect 1: threads
(component (instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))
  (core module (memory 1) (func (drop (i32.atomic.load (i32.const 0))))))
