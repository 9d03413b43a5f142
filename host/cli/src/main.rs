//! The binary. Everything else is in the library.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use host::{app, terminal::error};

fn main() -> ExitCode {
    error::install_panic_hook();
    // The hook has already reported the panic; only the exit code is left.
    std::panic::catch_unwind(|| app::run(std::env::args_os())).unwrap_or(ExitCode::from(error::Kind::Internal.code()))
}
