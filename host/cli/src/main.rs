//! The binary: everything is in the library.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use host::{app, terminal::error};

fn main() -> ExitCode {
    error::install_panic_hook();
    // The hook has already told the user; what is left is the exit code of a bug.
    std::panic::catch_unwind(|| app::run(std::env::args_os())).unwrap_or(ExitCode::from(error::Kind::Internal.code()))
}
