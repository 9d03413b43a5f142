//! One wish, from the request to the last word.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::Desk;
use crate::live::control::client::line;
use crate::live::control::kill_switch::KillSwitchError;
use crate::live::control::protocol::{Failure, Reply, Request};
use crate::live::control::{Answer, Operator};

/// How long a request may take to arrive.
const REQUEST: Duration = Duration::from_secs(5);

/// How many bytes it may have.
const LONGEST_REQUEST: u64 = 64 * 1024;

/// How long the loop may take to decide on a wish to resume.
const DECISION: Duration = Duration::from_secs(10);

/// Reads one request and answers it. Whoever asked may go away at any time: what he wanted is done all the same.
pub async fn hold(desk: Desk, stream: UnixStream) {
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
            Ok(request) => answer(&desk, request, &sender).await,
            Err(error) => Reply::Failed(Failure::new("the host does not understand the request").because(error)),
        };
        // The other half of this conversation ends only after this one.
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

async fn answer(desk: &Desk, request: Request, progress: &UnboundedSender<Reply>) -> Reply {
    let say = |text: String| {
        // Nobody listens any more: it is done all the same.
        let _ = progress.send(Reply::Progress(text));
    };
    match request {
        Request::Status => Reply::Status(Box::new(desk.board.view(desk.kill.killed()))),
        Request::Kill { reason, by } => kill(desk, &reason, &by, say).await,
        Request::Resume { reason, by } => resume(desk, reason, by, say).await,
        Request::Stop => match desk.engine.send(Operator::Stop) {
            Ok(()) => Reply::Done("the host ends".to_owned()),
            Err(_) => Reply::Done("the host is ending already".to_owned()),
        },
    }
}

async fn kill(desk: &Desk, reason: &str, by: &str, mut say: impl FnMut(String) + Send) -> Reply {
    desk.kill.engage_now(reason, by);
    desk.tell_engine_of_kill();
    say("killed: no further order leaves".to_owned());
    // The disk may hang: the cancels do not wait for it.
    let kill = desk.kill.clone();
    let latching = spawn_blocking(move || kill.latch());
    let flat = desk.flatten(&mut say).await;
    let latched = latching.await.unwrap_or_else(|_| desk.kill.latch());
    if let Err(error) = &latched {
        tracing::error!("{error}");
        say(error.to_string());
    }
    let unknown = desk.board.view(None).status.map_or(0, |status| status.unknown_orders);
    if unknown > 0 {
        say(format!("{unknown} orders had no answer: the host cancels them if the venue shows them yet"));
    }
    last_word(flat, latched)
}

/// What `host kill` ends in: both the latch and the venue must be as they should.
pub(crate) fn last_word(flat: Result<String, Failure>, latched: Result<(), KillSwitchError>) -> Reply {
    match (flat, latched) {
        (Ok(verified), Ok(())) => Reply::Done(verified),
        (Ok(verified), Err(error)) => Reply::Failed(Failure::new(error.to_string()).because(verified)),
        (Err(failure), Ok(())) => Reply::Failed(failure),
        (Err(failure), Err(error)) => Reply::Failed(failure.because(error)),
    }
}

async fn resume(desk: &Desk, reason: String, by: String, mut say: impl FnMut(String) + Send) -> Reply {
    let failed = |why: &str| Reply::Failed(Failure::new(why));
    if reason.trim().is_empty() {
        return failed("a resume needs a reason: it is kept in the journal");
    }
    let seen = desk.kill.engagements();
    let (answer, answered) = oneshot::channel();
    if desk.engine.send(Operator::Resume { reason, by, seen, answer: Answer(answer) }).is_err() {
        return failed("not resumed: the host is ending");
    }
    say("the host has heard it and decides".to_owned());
    match timeout(DECISION, answered).await {
        Err(_) => failed("the host has not decided within 10 s: see `host status`, then resume again"),
        Ok(Err(_)) => failed("not resumed: the host is ending"),
        Ok(Ok(Err(why))) => Reply::Failed(Failure::new("not resumed").because(why)),
        Ok(Ok(Ok(()))) => match desk.kill.release(seen) {
            Ok(()) => Reply::Done("resumed: what waited for a person is released".to_owned()),
            Err(error) => Reply::Failed(Failure::new("not resumed").because(error)),
        },
    }
}

/// Kills because of a signal: who sent it is not known.
pub async fn kill_unasked(desk: Desk, what: String) {
    tracing::warn!("killed by {what}");
    let reply = kill(&desk, &what, &what, |text| tracing::warn!("{text}")).await;
    log(&reply);
}

/// Cancels what is open, of an account that is killed already.
pub async fn flatten(desk: Desk) {
    if let Some(killed) = desk.kill.killed() {
        tracing::warn!("killed by {} at {}: {}", killed.by, killed.time, killed.reason);
    }
    let flat = desk.flatten(&mut |text| tracing::warn!("{text}")).await;
    log(&last_word(flat, Ok(())));
}

fn log(reply: &Reply) {
    match reply {
        Reply::Done(text) => tracing::warn!("{text}"),
        Reply::Failed(Failure { message, causes, .. }) => tracing::error!("{message}: {}", causes.join("; ")),
        Reply::Progress(_) | Reply::Status(_) => {}
    }
}
