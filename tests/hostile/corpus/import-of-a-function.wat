;; inspect 5: place-order
(component (import "place-order" (func)))
