;; inspect 5: wasi:filesystem/types@0.2.0, wasi:sockets/tcp@0.2.0
(component
  (import "wasi:filesystem/types@0.2.0" (instance (export "open" (func))))
  (import "wasi:sockets/tcp@0.2.0" (instance (export "connect" (func)))))
