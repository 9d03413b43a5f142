;; inspect 1: core WebAssembly module
(module (func (export "on-batch")))
