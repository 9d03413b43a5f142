//! A component that is to run, and who vouches for it.

use std::fmt;

use super::public_key::KeyId;
use super::signature::SignatureFault;
use crate::component::StrategyComponent;

/// A component that is to run.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Name of the slot that it is to run in.
    pub slot: &'a str,
    pub component: &'a StrategyComponent,
    /// The bytes that the component was loaded from.
    pub bytes: &'a [u8],
    /// The content of its `.minisig` file, if it has one.
    pub signature: Option<&'a [u8]>,
}

/// The one who vouches for a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The holder of a trusted key, whose signature was verified.
    Trusted { name: String, id: KeyId, comment: String },
    /// Nobody: it has no signature.
    Unsigned,
    /// Nobody: it has a signature that counts for nothing.
    Rejected(SignatureFault),
}

impl Signer {
    /// Returns the reason why a signature that is there counts for nothing.
    pub fn fault(&self) -> Option<&SignatureFault> {
        match self {
            Signer::Rejected(fault) => Some(fault),
            Signer::Trusted { .. } | Signer::Unsigned => None,
        }
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Signer::Trusted { name, id, .. } => write!(f, "signed by {name} (key {id})"),
            Signer::Unsigned => f.write_str("unsigned"),
            Signer::Rejected(_) => f.write_str("signature not accepted"),
        }
    }
}
