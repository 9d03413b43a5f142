//! `host run` without `--live`: paper trading on the embedded exchange, and the journal that it keeps.

mod full_disk;
mod interrupted;
pub mod journal;
mod resumed;
mod run;
