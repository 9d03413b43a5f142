//! Paths of the venue's endpoints. Signatures cover the whole path, so clients need these too.

/// Prefix of all REST endpoints.
pub const REST_PREFIX: &str = "/trade-api/v2";
/// Path of the WebSocket.
pub const WEBSOCKET_PATH: &str = "/trade-api/ws/v2";
