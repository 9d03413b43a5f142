//! `host trust folder`: trusts the code in a crate folder, so that it can be built.

use std::path::PathBuf;

use crate::context::Context;
use crate::strategies::folders;
use crate::strategies::load::user_folders;
use crate::terminal::error::{Report, Result};

#[derive(Debug, clap::Args)]
pub struct FolderArgs {
    /// A strategy's crate folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Trust it no more
    #[arg(long)]
    remove: bool,
}

/// Runs `host trust folder`.
///
/// # Errors
/// The folder is no crate or others can change it, it was not trusted, or the list cannot be written.
pub fn run(args: &FolderArgs, context: &Context) -> Result<()> {
    let trust = user_folders();
    let shown = args.folder.display();
    if args.remove {
        let removed = trust.remove(&args.folder).map_err(|error| folders::list_report(&error))?;
        let path = removed.ok_or_else(|| {
            Report::user(format!("{shown} is not a folder that was trusted"))
                .hint("`host trust list` shows the folders that were")
        })?;
        context.ui.say(&format!("{} is trusted no more: what was built of it stays in the cache", path.display()));
        return Ok(());
    }
    if !args.folder.join("Cargo.toml").is_file() {
        return Err(Report::user(format!("{shown} is no strategy crate: it has no Cargo.toml"))
            .hint("trust is for one crate, not for the folders that it stands in"));
    }
    folders::add(&args.folder, &trust, "trust folder")?;
    let place = trust.place().map_or_else(String::new, |place| format!(", in {}", place.display()));
    context.ui.say(&format!("{shown} is trusted: a build may run its code, and that of what it depends on{place}"));
    Ok(())
}
