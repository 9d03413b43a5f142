//! The terms on which components may trade: the trust list, and the lock of what ran.

use std::io;
use std::path::Path;

use host_core::Timestamp;
use host_core::risk::RiskLimits;
use host_sandbox::StrategyComponent;
use host_sandbox::trust::{
    Candidate, Judgement, LockFile, LockFileError, Signer, TradingMode, TrustSettings, read_beside, signature_path,
};
use host_system::{clock, files};

use crate::account_dir::AccountDir;
use crate::control::protocol::Failure;

/// The trust list and the lock, with the limits that the lock notes.
#[derive(Clone, Debug)]
pub struct TrustTerms {
    /// Real money, or paper.
    pub mode: TradingMode,
    pub settings: TrustSettings,
    pub lock: LockFile,
    /// The limits in force.
    pub limits: RiskLimits,
}

impl TrustTerms {
    /// Judges a component for trading in `slot`: `bytes` are those that it was compiled from.
    ///
    /// # Errors
    /// It may not trade, with the remedy; or the lock cannot be read.
    pub fn judge(
        &self,
        slot: &str,
        component: &StrategyComponent,
        bytes: &[u8],
        signature: Option<&[u8]>,
    ) -> Result<Judgement, Failure> {
        let unread = |error: LockFileError| Failure::new(error.to_string()).hint(error.hint());
        let lock = self.lock.read().map_err(unread)?;
        let candidate = Candidate { slot, component, bytes, signature };
        self.settings.judge(self.mode, &candidate, &lock, now()).map_err(|error| {
            let manifest = &component.manifest;
            let what = format!("{} {} may not trade in slot {slot}", manifest.name, manifest.version);
            Failure::new(what).because(&error).hint(error.hint(&component.name))
        })
    }

    /// Returns the one who vouches for a component that was loaded from the file of its name. For one whose signature
    /// cannot be read nobody does.
    pub fn signer(&self, component: &StrategyComponent, bytes: &[u8]) -> Signer {
        let signature = read_beside(Path::new(&component.name)).unwrap_or_default();
        self.settings.signer(bytes, signature.as_deref(), now())
    }

    /// Records that a component trades in `slot` from now on.
    ///
    /// # Errors
    /// The lock cannot be written.
    pub fn record(
        &self,
        slot: &str,
        component: &StrategyComponent,
        bytes: &[u8],
        signer: &Signer,
    ) -> Result<(), LockFileError> {
        let candidate = Candidate { slot, component, bytes, signature: None };
        self.lock.update(|lock| lock.record(self.mode, &candidate, signer, &self.limits, now()))
    }
}

/// Keeps the signature of the component `sha256` in the account's folder, where a restart finds it.
///
/// # Errors
/// The system's reason.
pub fn keep_signature(folder: &AccountDir, sha256: &str, signature: &[u8]) -> io::Result<()> {
    files::create_private_folder(&folder.components())?;
    files::replace(&signature_path(&folder.component(sha256)), &[signature])
}

fn now() -> Timestamp {
    Timestamp(clock::unix_nanos())
}
