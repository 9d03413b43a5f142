//! Defaults that `keygen` and the server share, so that the configuration which `keygen` prints fits the server.

/// The default accounts file, in the working directory.
pub const ACCOUNTS_FILE: &str = "exchange-accounts.json";

/// The default listen address.
pub const LISTEN: &str = "127.0.0.1:7878";
