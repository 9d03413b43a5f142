//! Guesses at the path that was meant by one where nothing is.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use host_store::suggest::nearest;

use super::error::Report;

/// Adds the question whether `guess` was meant.
pub fn did_you_mean(report: Report, guess: Option<PathBuf>) -> Report {
    let question = |guess: &dyn Display| format!("did you mean `{guess}`?");
    report.maybe_hint(guess.map(|guess| question(&guess.display())))
}

/// Returns the entry beside `path` whose name is most like its own, if nothing is at `path` itself.
pub fn similar(path: &Path) -> Option<PathBuf> {
    if path.exists() {
        return None;
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    similar_in(path, folder)
}

/// Returns the entry of `folder` whose name is most like that of `path`; hidden ones are left out.
pub fn similar_in(path: &Path, folder: &Path) -> Option<PathBuf> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    let stem = wanted.split_once('.').map_or(wanted.as_str(), |(stem, _)| stem);
    let found = nearest(&wanted, names.iter().map(String::as_str))
        .or_else(|| nearest(stem, names.iter().map(String::as_str)))?;
    let folder = folder.strip_prefix(".").unwrap_or(folder);
    Some(folder.join(found))
}
