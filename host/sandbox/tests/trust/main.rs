//! Signatures, the trust policy and the lock of what ran.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod lock;
mod policy;
mod signatures;
#[path = "../support/mod.rs"]
mod support;

use std::sync::LazyLock;

use host_core::Timestamp;
use host_sandbox::trust::{
    CalendarDay, Candidate, PublicKey, Requirement, SecretKey, TradingMode, TrustSettings, TrustedKey, new_pair,
};
use host_sandbox::{Cache, Sandbox, SandboxLimits, StrategyComponent};

use support::Guest;

/// A moment of 2026-11-29.
const NOW: Timestamp = Timestamp(1_795_953_600_000_000_000);

/// A key pair without a password.
fn pair() -> (PublicKey, SecretKey) {
    let (public, secret) = new_pair(None).unwrap();
    (public, SecretKey::open(&secret, None).unwrap())
}

/// A trust list of these keys, each with the day on which it expires, under the policy of a new host.
fn trusting(keys: &[(&str, &PublicKey, Option<&str>)]) -> TrustSettings {
    let key = |(name, key, expires): &(&str, &PublicKey, Option<&str>)| TrustedKey {
        name: (*name).to_owned(),
        public_key: (*key).clone(),
        expires: expires.map(|day| day.parse::<CalendarDay>().unwrap()),
    };
    TrustSettings { keys: keys.iter().map(key).collect(), ..TrustSettings::default() }
}

/// A component with the bytes that it was loaded from.
struct Loaded {
    component: StrategyComponent,
    bytes: Vec<u8>,
}

impl Loaded {
    fn of(guest: &Guest) -> Loaded {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::new(SandboxLimits::default(), Cache::at(folder.path())).unwrap();
        let bytes = guest.component();
        Loaded { component: sandbox.load_bytes("x.wasm", &bytes).unwrap(), bytes }
    }

    fn candidate<'a>(&'a self, signature: Option<&'a [u8]>) -> Candidate<'a> {
        Candidate { slot: "demo", component: &self.component, bytes: &self.bytes, signature }
    }
}

/// Two components of one strategy that differ.
static ONE: LazyLock<Loaded> = LazyLock::new(|| Loaded::of(&Guest::default()));
static OTHER: LazyLock<Loaded> = LazyLock::new(|| Loaded::of(&Guest { pages: 2, ..Guest::default() }));
