//! Which components may run: signatures, the trust list with its policy, and the lock of what ran.
//!
//! Signatures are minisign's, detached in `X.wasm.minisig`, so that others' tools read and make them too. What is
//! judged is always the bytes in memory that were compiled ([`Candidate`]), never a file by its name: between a look at
//! a file and its use it may be another one.
//!
//! A host judges a component with [`TrustSettings::judge`] before it runs, and afterwards records it with
//! [`ComponentLock::record`] through its [`LockFile`].
//!
//! A crate folder is judged before it is built, with [`FolderTrust::judge`]: building runs its code outside of the
//! sandbox.

mod candidate;
mod day;
mod folders;
mod lock;
mod lock_file;
mod policy;
mod public_key;
mod secret_key;
mod settings;
mod signature;

pub use candidate::{Candidate, Signer};
pub use day::CalendarDay;
pub(crate) use folders::NotOwn;
pub use folders::{FolderListError, FolderRefused, FolderTrust, HostWorkspace, ListedFolder, TrustedFolder};
pub use lock::{
    Change, ComponentLock, Confirmation, LockedComponent, SIZE_CAPS, TradingMode, is_named_by, short_digest,
};
pub use lock_file::{LOCK_FILE, LockFile, LockFileError};
pub use policy::{Judgement, NotTrusted};
pub use public_key::{KeyError, KeyId, PublicKey};
pub use secret_key::{SecretKey, SecretKeyError, is_encrypted, new_pair};
pub use settings::{Requirement, TrustSettings, TrustedKey};
pub use signature::{DetachedSignature, SignatureFault, read_beside, signature_path};
