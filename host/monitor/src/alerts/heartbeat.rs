//! The external dead man's switch: somebody elsewhere is called each minute while all is well, and notices silence. The
//! addresses are those of healthchecks.io (<https://healthchecks.io/docs/http_api/>).

use std::time::Duration;

use reqwest::Client;

use super::health::Health;
use super::secret::Secret;
use super::webhook::described;

/// Appended to the address while not all is well.
const FAIL: &str = "/fail";

/// The address that is called.
#[derive(Debug)]
pub struct Heartbeat {
    pub url: Secret,
    pub client: Client,
    pub timeout: Duration,
}

impl Heartbeat {
    /// Calls: the address if the host is well, its `/fail` if not. An absent host is to be missed.
    pub async fn call(&self, health: Health) {
        let url = self.url.expose().trim_end_matches('/');
        let url = match health {
            Health::Well => url.to_owned(),
            Health::NotWell => format!("{url}{FAIL}"),
            Health::Absent => return,
        };
        let answer = self.client.get(url).timeout(self.timeout).send().await;
        // Nobody is told: whoever is not called tells people, which is the sense of it.
        match answer.and_then(reqwest::Response::error_for_status) {
            Ok(_) => tracing::debug!("heartbeat: {health:?}"),
            Err(error) => tracing::warn!("heartbeat: {}", described(error)),
        }
    }
}
