//! The file that a page is written to.

use std::path::Path;

use host_pages::PageError;
use host_system::files;

use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output;

/// Writes `page` to `file`, and prints the file's name.
///
/// # Errors
/// The page was not made, or the file cannot be written.
pub fn write(file: &Path, page: Result<String, PageError>) -> Result<()> {
    let page = page.map_err(|error| Report::new(Kind::Internal, "cannot make the page").because_of(&error))?;
    let failed = |error| Report::io(format!("cannot write {}", file.display()), &error);
    files::replace(file, &[page.as_bytes()]).map_err(failed)?;
    output::print_line(&file.display().to_string())
}
