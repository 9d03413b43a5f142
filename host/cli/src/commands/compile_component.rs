//! `host compile-component`: compiles a component for the host that has started this process, and nothing else.
//!
//! It is no command for people: what it reads and writes changes with each version.

use std::io;

use host_sandbox::compile_in_this_process;

use crate::terminal::error::{Kind, Report, Result};

/// Compile a component for another process of the host
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The processor time for it, in seconds
    seconds: u64,
    /// The memory for it, in bytes
    bytes: u64,
}

/// Runs `host compile-component`.
///
/// # Errors
/// The request cannot be read, or the answer not be written.
pub fn run(args: &Args) -> Result<()> {
    let done = compile_in_this_process((args.seconds, args.bytes), io::stdin().lock(), io::stdout().lock());
    done.map_err(|error| Report::new(Kind::Internal, format!("nothing was compiled: {error}")))
}
