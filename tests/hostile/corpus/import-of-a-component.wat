;; inspect 5: part
(component (import "part" (component)))
