//! `host build`: builds a strategy's crate into a component.

use std::path::PathBuf;

use host_core::Span;
use host_sandbox::{BuildOptions, ToolchainChoice};
use serde_json::json;

use crate::context::Context;
use crate::strategies::load::Strategies;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::units;

/// Build a strategy's crate into a WebAssembly component
///
/// To build is to run code: build scripts and macros. So the folder is one of the host's own strategies, or you have
/// trusted it with `host trust folder`; at a terminal you are asked. What it depends on is fetched first. Then it is
/// built without network and without your environment variables and, where bubblewrap is installed, without your files.
///
/// The toolchain is found automatically: the installed compiler if it supports WebAssembly, else rustup, else Debian's
/// packages, which are downloaded into the cache once. The same content is built only once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  host build strategies/mean-reversion\n  \
                        host build strategies/mean-reversion --out mean-reversion.wasm")]
pub struct Args {
    /// The crate's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Copy the component to this file; otherwise it stays in the cache and its path is printed
    #[arg(long, value_name = "X.wasm")]
    out: Option<PathBuf>,

    /// Build even if the same content was built before
    #[arg(long)]
    force: bool,

    /// WebAssembly toolchain: automatic, installed, rustup or debian
    #[arg(long, value_name = "TOOLCHAIN", default_value = "automatic", value_parser = toolchain)]
    toolchain: ToolchainChoice,

    /// Longest time for fetching and compiling
    #[arg(long, value_name = "SPAN", default_value = "30m", value_parser = units::at_least_a_second)]
    time_limit: Span,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn toolchain(text: &str) -> Result<ToolchainChoice, String> {
    match text {
        "automatic" => Ok(ToolchainChoice::Automatic),
        "installed" => Ok(ToolchainChoice::Installed),
        "rustup" => Ok(ToolchainChoice::Rustup),
        "debian" => Ok(ToolchainChoice::Debian),
        _ => Err("write automatic, installed, rustup or debian".to_owned()),
    }
}

/// Runs `host build`.
///
/// # Errors
/// The crate does not build, or the component cannot be copied.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let strategies = Strategies::new(&config.sandbox, &config.trust, context.ui)?;
    let time_limit = args.time_limit.as_duration();
    let options = BuildOptions { toolchain: args.toolchain, force: args.force, time_limit, ..BuildOptions::default() };
    let built = strategies.build(&args.folder, &options)?;
    let path = match &args.out {
        Some(out) => {
            std::fs::copy(&built.path, out)
                .map_err(|error| Report::io(format!("cannot write {}", out.display()), &error))?;
            out
        }
        None => &built.path,
    };
    let json = json!({
        "path": path,
        "size_bytes": built.size_bytes,
        "toolchain": built.toolchain,
        "from_cache": built.from_cache,
    });
    let how = if built.from_cache { "from the cache, built" } else { "built" };
    context.ui.say(&format!("{how} with {}: {}", built.toolchain, units::rough_size(built.size_bytes)));
    match args.format {
        Format::Table => output::print_line(&path.display().to_string()),
        Format::Json => output::print_json(&json),
        Format::Csv => {
            let mut rows = Rows::new(&["path", "size_bytes", "toolchain", "from_cache"]);
            let (path, size) = (path.display().to_string(), built.size_bytes.to_string());
            rows.push([path, size, built.toolchain, built.from_cache.to_string()]);
            output::print_csv(rows.csv())
        }
    }
}
