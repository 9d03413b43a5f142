;; inspect 5: table_elements
;; part more
(table 1000000000 funcref)
