//! The status of a host, asked for as anyone would: through the control socket, which no hanging loop holds up.

use host_live::account_dir::AccountDir;
use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Reply, Request};
use host_live::control::status::StatusView;

/// Asks the host of the account in `folder`, without holding up the caller's runtime.
///
/// # Errors
/// No host runs, or it does not answer.
pub(crate) async fn look(folder: &AccountDir) -> Result<StatusView, NoAnswer> {
    let folder = folder.clone();
    let asked = tokio::task::spawn_blocking(move || look_now(&folder)).await;
    asked.unwrap_or_else(|error| Err(NoAnswer::Hung(error.to_string())))
}

/// Does the same, and waits for the answer.
///
/// # Errors
/// As [`look`].
pub(crate) fn look_now(folder: &AccountDir) -> Result<StatusView, NoAnswer> {
    match ask(folder, &Request::Status, &mut |_| ())? {
        Reply::Status(view) => Ok(*view),
        _ => Err(NoAnswer::Hung("its answer does not match the request".to_owned())),
    }
}
