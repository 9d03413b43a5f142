//! Kalshi's Trade API v2.
//!
//! Reads are retried, kept within the account's budget, and stopped by circuit breakers: one for market data, one for
//! the account, one for what the venue says of itself. Writes are attempted once and report one of three outcomes. The
//! WebSocket ([`stream`]) only makes things faster: polling finds everything that it loses.

mod account;
mod arriving_page;
mod credentials;
mod decode;
mod environment;
mod error;
pub mod history;
mod hours;
mod http;
mod list_page;
mod orders;
mod page;
mod reads;
pub mod settings;
mod sign;
pub mod stream;
mod trades;
mod venue;
mod wire;

pub use account::Kalshi;
pub use credentials::CredentialsError;
pub use environment::Environment;
pub use error::SetupError;
pub use settings::{ClockKind, KalshiSettings};
