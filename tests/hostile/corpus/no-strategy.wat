;; inspect 1: so it is no strategy
(component)
