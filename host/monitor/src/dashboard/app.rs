//! The state that all answers share.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::sync::{Mutex, watch};

use super::access::Access;
use super::limiter::Limiter;
use super::past::Past;
use super::settings::DashboardSettings;
use super::source::Source;
use super::subject::Subject;
use super::watch::Sight;

/// The state that all answers share.
#[derive(Debug)]
pub struct App {
    pub settings: DashboardSettings,
    pub subject: Subject,
    pub source: Source,
    pub past: Past,
    /// Held by the one who reads the prices of a market.
    pub charts: Arc<Mutex<()>>,
    pub access: Access,
    pub sight: watch::Receiver<Arc<Sight>>,
    pub attempts: Limiter,
    pub watchers: AtomicUsize,
}
