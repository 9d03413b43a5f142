;; inspect 5: trading:strategy/logs@1.0.0
(component (import "trading:strategy/logs@1.0.0" (instance (export "write" (func)))))
