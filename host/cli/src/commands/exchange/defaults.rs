//! Defaults that the server and the keys of its members agree on.

/// The default file of the accounts.
pub const ACCOUNTS_FILE: &str = "exchange-accounts.json";
/// The default address that the exchange listens on.
pub const LISTEN: &str = "127.0.0.1:7878";
