//! Faults on demand: what a live venue does on a bad day, scripted or drawn from a seed, per endpoint.
//!
//! One layer around all routes decides for each request which faults hit it, if any. The venue's own state is never
//! corrupted: faults act between venue and client. The exceptions are an early market close and a trading pause, which
//! happen at real venues too. Requests under `/simulation` never fail, although a closed port is closed for them as
//! well.
//!
//! - [`FaultPlan`]: which faults to inject; read from a file, sent as JSON to `/simulation/faults`, or a [`preset`].
//! - [`Faults`]: the active plan, which counts the faults that it injects.

mod connection;
mod control;
mod endpoint;
mod fault;
mod history;
mod inject;
mod injector;
mod late;
mod late_acceptance;
mod messages;
mod plan;
mod preset;
mod responses;
mod rows;
mod state;

pub use self::connection::{CutHandle, FaultyListener, FaultyStream};
pub use self::control::routes;
pub use self::endpoint::{Endpoint, EndpointError, EndpointGroup};
pub use self::fault::{Chance, ErrorStatus, Fault, Lag};
pub use self::injector::RuleCount;
pub use self::late::LateCount;
pub use self::messages::{FilteredMessages, MessageFilter};
pub use self::plan::{FaultPlan, Rule, Trigger};
pub use self::preset::{PRESETS, preset};
pub use self::state::{ClockOffset, FaultReport, Faults, ReadAsOf};
