;; inspect 5: code
(component (import "code" (core module)))
