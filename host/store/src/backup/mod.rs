//! Backups of a live account: one file that holds everything, taken while a host trades.
//!
//! A backup is a tar archive under zstd, which `tar --zstd -xf` unpacks, and a digest behind it:
//!
//! ```text
//! account.journal     a copy of one moment, with its write-ahead log folded in
//! tape/               the recording as of a moment before: each poll that the journal only refers to is in it
//! everything else     notes of the kill switch, components, archive, as they are
//! manifest.json       the account, its last event, and each file with its SHA-256
//! (32 bytes)          SHA-256 of all bytes before, in a frame that zstd skips
//! ```
//!
//! A backup must never look whole unless every byte of it is: it gets its name last, and the digest is checked first.

mod archive;
mod create;
mod error;
mod made;
mod manifest;
mod open;
mod recording;

pub use create::create;
pub use error::BackupError;
pub use made::LastBackup;
pub use manifest::{BackedUpFile, BackupManifest};
pub use open::{BackupContents, restore, verify};
