//! One connection to the control socket, from the request to the final reply.

use std::thread;
use std::time::Duration;

use host_system::background;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::service::ControlService;
use crate::control::client::line;
use crate::control::kill_switch::KillSwitchError;
use crate::control::protocol::{Failure, Reply, Request, SettleOrder, SwapOrder};
use crate::control::reload::Reloaded;
use crate::control::{OperatorAnswer, OperatorRequest, ReloadOrder};

/// Time in which a request must arrive.
const REQUEST: Duration = Duration::from_secs(5);

/// Most bytes of a request.
const LONGEST_REQUEST: u64 = 64 * 1024;

/// Time in which the loop must decide on a request.
const DECISION: Duration = Duration::from_secs(10);

/// Longest silence while a swap is prepared: shorter than the time for which a client waits.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// Reads one request and answers it. Whoever asked may go away at any time: the request is carried out all the same.
pub async fn serve(service: ControlService, stream: UnixStream) {
    let (read, mut write) = stream.into_split();
    let mut text = String::new();
    let mut reader = BufReader::new(read.take(LONGEST_REQUEST));
    let arrived = timeout(REQUEST, reader.read_line(&mut text)).await;
    if !matches!(arrived, Ok(Ok(1..))) {
        return;
    }
    let (sender, mut replies) = unbounded_channel();
    let act = async move {
        let last = match serde_json::from_str(&text) {
            Ok(request) => answer(&service, request, &sender).await,
            Err(error) => Reply::Failed(Failure::new("the host does not understand the request").because(error)),
        };
        // The writing half ends only after this one.
        let _ = sender.send(last);
    };
    let tell = async move {
        while let Some(reply) = replies.recv().await {
            let Ok(line) = line(&reply) else { continue };
            if write.write_all(&line).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(act, tell);
}

async fn answer(service: &ControlService, request: Request, progress: &UnboundedSender<Reply>) -> Reply {
    let say = |text: String| {
        // Fails if nobody listens any more: the request is carried out all the same.
        let _ = progress.send(Reply::Progress(text));
    };
    match request {
        Request::Status => Reply::Status(Box::new(service.status.view(service.kill.killed()))),
        Request::Kill { reason, by } => kill(service, &reason, &by, say).await,
        Request::Resume { reason, by } => resume(service, reason, by, say).await,
        Request::ResumeSlot(order) => {
            let request = |answer| OperatorRequest::ResumeSlot { order, answer };
            told_loop(service, "not resumed", request, say).await
        }
        Request::Settle(order) => settle(service, order, say).await,
        Request::Swap(order) => swap(service, order, progress).await,
        Request::SwapBack(order) => {
            let request = |answer| OperatorRequest::SwapBack { order, answer };
            told_loop(service, "not swapped back", request, say).await
        }
        Request::Promote { order, at } => {
            let request = |answer| OperatorRequest::Promote { order, at, answer };
            told_loop(service, "not promoted", request, say).await
        }
        Request::EndShadow(order) => {
            let request = |answer| OperatorRequest::EndShadow { order, answer };
            told_loop(service, "not ended", request, say).await
        }
        Request::Stage(order) => {
            let request = |answer| OperatorRequest::Stage { order, answer };
            told_loop(service, "the stage is as it was", request, say).await
        }
        Request::Reload { by } => reload(service, by, say).await,
        Request::Close { reason, by } => {
            let request = |answer| OperatorRequest::Close { reason, by, answer };
            told_loop(service, "no position is being closed", request, say).await
        }
        Request::Stop => match service.engine.send(OperatorRequest::Stop) {
            Ok(()) => Reply::Done("the host ends".to_owned()),
            Err(_) => Reply::Done("the host is ending already".to_owned()),
        },
    }
}

async fn kill(service: &ControlService, reason: &str, by: &str, mut say: impl FnMut(String) + Send) -> Reply {
    service.kill.engage_now(reason, by);
    service.tell_engine_of_kill();
    say("killed: no further order leaves".to_owned());
    // The disk may hang: the cancels do not wait for it.
    let kill = service.kill.clone();
    let latching = spawn_blocking(move || kill.latch());
    let cancelled = service.cancel_all(&mut say).await;
    let latched = latching.await.unwrap_or_else(|_| service.kill.latch());
    if let Err(error) = &latched {
        tracing::error!("{error}");
        say(error.to_string());
    }
    let unknown = service.status.view(None).status.map_or(0, |status| status.unknown_orders);
    if unknown > 0 {
        say(format!("{unknown} orders had no answer: the host cancels them if the venue shows them yet"));
    }
    final_reply(cancelled, latched)
}

/// Returns the reply that `host kill` ends in: both the latch and the venue must be as they should.
pub fn final_reply(cancelled: Result<String, Failure>, latched: Result<(), KillSwitchError>) -> Reply {
    match (cancelled, latched) {
        (Ok(verified), Ok(())) => Reply::Done(verified),
        (Ok(verified), Err(error)) => Reply::Failed(Failure::new(error.to_string()).because(verified)),
        (Err(failure), Ok(())) => Reply::Failed(failure),
        (Err(failure), Err(error)) => Reply::Failed(failure.because(error)),
    }
}

async fn resume(service: &ControlService, reason: String, by: String, say: impl FnMut(String) + Send) -> Reply {
    if reason.trim().is_empty() {
        return Reply::Failed(Failure::new("a resume needs a reason: it is kept in the journal"));
    }
    let seen = service.kill.engagements();
    let (answer, answered) = OperatorAnswer::channel();
    let request = OperatorRequest::Resume { reason, by, seen, answer };
    let verb = Verb { not_done: "not resumed", again: "resume" };
    match decided(service, verb, request, answered, say).await {
        Err(failure) => Reply::Failed(failure),
        Ok(text) => match service.kill.release(seen) {
            Ok(()) => Reply::Done(text),
            Err(error) => Reply::Failed(Failure::new("not resumed").because(error)),
        },
    }
}

/// Reads the settings anew, lets the loop work with them, and takes up the rest.
async fn reload(service: &ControlService, by: String, say: impl FnMut(String) + Send) -> Reply {
    let reloader = service.reloader.clone();
    let _turn = service.reloader.turn().await;
    let reloaded = match spawn_blocking(move || reloader.read()).await {
        Ok(Ok(reloaded)) => reloaded,
        Ok(Err(failure)) => return Reply::Failed(failure),
        Err(error) => return Reply::Failed(Failure::new("the settings could not be read").because(error)),
    };
    let Reloaded { limits, schedule, changes, finish } = reloaded;
    let lines = changes.join("\n");
    if !changes.is_empty() {
        let (answer, answered) = OperatorAnswer::channel();
        let request =
            OperatorRequest::Reload { order: Box::new(ReloadOrder { limits, schedule, changes, by }), answer };
        let verb = Verb { not_done: "not reloaded", again: "reload" };
        if let Err(failure) = decided(service, verb, request, answered, say).await {
            return Reply::Failed(failure);
        }
    }
    match spawn_blocking(finish).await {
        Ok(Ok(said)) if lines.is_empty() => Reply::Done(said),
        Ok(Ok(_)) => Reply::Done(lines),
        Ok(Err(failure)) => Reply::Failed(lines.lines().fold(failure, Failure::because)),
        Err(error) => Reply::Failed(Failure::new("the alerts could not be changed").because(error)),
    }
}

async fn settle(service: &ControlService, order: SettleOrder, say: impl FnMut(String) + Send) -> Reply {
    let (answer, answered) = OperatorAnswer::channel();
    let request = OperatorRequest::Settle { order, answer };
    let verb = Verb { not_done: "not settled", again: "settle" };
    decided(service, verb, request, answered, say).await.map_or_else(Reply::Failed, Reply::Done)
}

/// Prepares a swap on a thread of its own, and hands what has passed all checks to the loop.
async fn swap(service: &ControlService, order: SwapOrder, progress: &UnboundedSender<Reply>) -> Reply {
    let (preparer, sender) = (service.preparer.clone(), progress.clone());
    let (done, mut examining) = oneshot::channel();
    // A thread of its own, whose priority is low: what a kill has to do must not wait behind it.
    let examine = move || {
        background::step_back();
        let say = &mut |text| drop(sender.send(Reply::Progress(text)));
        let _ = done.send(preparer.examine(&order, say));
    };
    if let Err(error) = thread::Builder::new().name("prepare-swap".to_owned()).spawn(examine) {
        return Reply::Failed(Failure::new("it could not be prepared").because(error));
    }
    let examined = loop {
        match timeout(SIGN_OF_LIFE, &mut examining).await {
            Ok(examined) => break examined,
            Err(_) => drop(progress.send(Reply::Progress("still preparing".to_owned()))),
        }
    };
    let candidate = match examined {
        Ok(Ok(candidate)) => Box::new(candidate),
        Ok(Err(failure)) => return Reply::Failed(failure),
        Err(error) => return Reply::Failed(Failure::new("it could not be prepared").because(error)),
    };
    let (answer, answered) = OperatorAnswer::channel();
    let request = OperatorRequest::Swap { candidate, answer };
    let say = |text| drop(progress.send(Reply::Progress(text)));
    let verb = Verb { not_done: "not swapped", again: "swap" };
    decided(service, verb, request, answered, say).await.map_or_else(Reply::Failed, Reply::Done)
}

/// Hands a request to the loop, and returns its decision.
async fn told_loop(
    service: &ControlService,
    not_done: &'static str,
    request: impl FnOnce(OperatorAnswer) -> OperatorRequest,
    say: impl FnMut(String) + Send,
) -> Reply {
    let (answer, answered) = OperatorAnswer::channel();
    let verb = Verb { not_done, again: "ask" };
    decided(service, verb, request(answer), answered, say).await.map_or_else(Reply::Failed, Reply::Done)
}

/// The words for a request that the loop decides.
#[derive(Clone, Copy)]
struct Verb {
    not_done: &'static str,
    /// The command to give again.
    again: &'static str,
}

/// Hands `request` to the loop, and waits for its decision.
///
/// # Errors
/// It was not done, or the loop has not decided in time.
async fn decided(
    service: &ControlService,
    Verb { not_done, again }: Verb,
    request: OperatorRequest,
    answered: oneshot::Receiver<Result<String, String>>,
    mut say: impl FnMut(String) + Send,
) -> Result<String, Failure> {
    let ending = || Failure::new(format!("{not_done}: the host is ending"));
    service.engine.send(request).map_err(|_| ending())?;
    say("the host has heard it and decides".to_owned());
    match timeout(DECISION, answered).await {
        Err(_) => Err(Failure::new(format!(
            "the host has not decided within {} s: see `host status`, then {again} again",
            DECISION.as_secs()
        ))),
        Ok(Err(_)) => Err(ending()),
        Ok(Ok(Err(why))) => Err(Failure::new(not_done).because(why)),
        Ok(Ok(Ok(text))) => Ok(text),
    }
}

/// Kills because of the signal `what`: its sender is not known.
pub async fn kill_by_signal(service: ControlService, what: String) {
    tracing::warn!("killed by {what}");
    let reply = kill(&service, &what, &what, |text| tracing::warn!("{text}")).await;
    log(&reply);
}

/// Reloads because of the signal `what`: its sender is told nothing, so the log is.
pub async fn reload_by_signal(service: ControlService, what: String) {
    let reply = reload(&service, what, |text| tracing::debug!("{text}")).await;
    log(&reply);
}

/// Cancels everything open of an account that is killed already.
pub async fn cancel_all(service: ControlService) {
    if let Some(killed) = service.kill.killed() {
        tracing::warn!("killed by {} at {}: {}", killed.by, killed.time, killed.reason);
    }
    let cancelled = service.cancel_all(&mut |text| tracing::warn!("{text}")).await;
    log(&final_reply(cancelled, Ok(())));
}

fn log(reply: &Reply) {
    match reply {
        Reply::Done(text) => tracing::warn!("{text}"),
        Reply::Failed(Failure { message, causes, .. }) => tracing::error!("{message}: {}", causes.join("; ")),
        Reply::Progress(_) | Reply::Status(_) => {}
    }
}
