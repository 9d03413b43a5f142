//! The thread that a person's wishes reach: through the control socket, a signal, or the file `KILLED`.
//!
//! It has a runtime and a venue client of its own and never waits for the loop around the engine, except for its answer to a
//! wish to resume. The socket is its owner's alone (0600).

mod conversation;

pub(crate) use conversation::last_word;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener as StdListener;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use host_system::files;
use tokio::net::UnixListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::Operator;
use super::flat::VenueAccess;
use super::kill_switch::{KillSwitch, Look};
use super::protocol::Failure;
use super::status::StatusBoard;
use crate::error::{Kind, Report, Result};
use crate::live::folder::AccountFolder;

/// How often the file `KILLED` is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What one conversation needs; a clone for each.
#[derive(Clone, Debug)]
struct Desk {
    board: StatusBoard,
    kill: KillSwitch,
    venue: VenueAccess,
    engine: Sender<Operator>,
}

/// The control thread; dropped, it ends, after what it has begun.
#[derive(Debug)]
pub struct Control {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Control {
    /// Starts it for the account in `folder`, whose lock the caller must hold: then a socket that is there is a dead host's.
    /// Wishes go to `engine`. If the account is killed, whatever is still open at the venue is cancelled again.
    ///
    /// # Errors
    /// The socket cannot be made, or the system gives no thread.
    pub fn serve(
        folder: &AccountFolder,
        venue: VenueAccess,
        board: StatusBoard,
        kill: KillSwitch,
        engine: Sender<Operator>,
    ) -> Result<Control> {
        let cannot = |error: io::Error| Report::io("cannot start the control thread", &error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
        let listener = bind(folder)?;
        let (usr1, listener) = {
            let _inside = runtime.enter();
            let usr1 = signal(SignalKind::user_defined1()).map_err(cannot)?;
            (usr1, UnixListener::from_std(listener).map_err(cannot)?)
        };
        let (stop, stopped) = oneshot::channel();
        let desk = Desk { board, kill, venue, engine };
        let socket = folder.socket();
        let serve = move || {
            run(&runtime, desk, listener, usr1, stopped);
            // Gone or not: the next host replaces it.
            let _ = files::remove_durably(&socket);
        };
        let thread = std::thread::Builder::new().name("control".to_owned()).spawn(serve).map_err(cannot)?;
        Ok(Control { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // Its panic, if it had one, has been told by the hook.
            let _ = thread.join();
        }
    }
}

/// Listens in `folder`. The socket takes its place only when nobody else can open it any more.
fn bind(folder: &AccountFolder) -> Result<StdListener> {
    let path = folder.socket();
    let part = path.with_extension("part");
    let bound = (|| {
        files::remove_durably(&part)?;
        let listener = StdListener::bind(&part)?;
        fs::set_permissions(&part, fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        files::rename(&part, &path)?;
        Ok(listener)
    })();
    bound.map_err(|error: io::Error| {
        let report = Report::new(Kind::User, format!("cannot listen at {}", path.display())).because(&error);
        let too_long = error.kind() == io::ErrorKind::InvalidInput;
        report.hint(if too_long {
            "the path of a socket may have 107 letters: set live.folder to a shorter one"
        } else {
            "check who may write to live.folder, and that its disk knows sockets"
        })
    })
}

fn run(runtime: &Runtime, desk: Desk, listener: UnixListener, mut usr1: Signal, mut stopped: oneshot::Receiver<()>) {
    runtime.block_on(async move {
        let mut tasks = JoinSet::new();
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut watch = Watch::default();
        if desk.kill.is_engaged() {
            tasks.spawn(conversation::flatten(desk.clone()));
        }
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => { tasks.spawn(conversation::hold(desk.clone(), stream)); }
                    // Out of file descriptors: the file and the signal still kill, and looking again at once would spin.
                    Err(error) => {
                        tracing::error!("the control socket fails: {error}");
                        tokio::time::sleep(LOOK_EVERY).await;
                    }
                },
                Some(()) = usr1.recv() => {
                    tasks.spawn(conversation::kill_unasked(desk.clone(), "signal SIGUSR1".to_owned()));
                }
                _ = looks.tick() => if watch.look(&desk) {
                    tasks.spawn(conversation::flatten(desk.clone()));
                },
                Some(_) = tasks.join_next() => {}
                _ = &mut stopped => break,
            }
        }
        // Ends in time: no task waits longer than the patience of a kill.
        while tasks.join_next().await.is_some() {}
    });
}

/// Looks at the file, and complains of the same thing once.
#[derive(Debug, Default)]
struct Watch {
    complaint: Option<String>,
}

impl Watch {
    /// Whether the look has engaged the switch.
    fn look(&mut self, desk: &Desk) -> bool {
        match desk.kill.look() {
            Ok(Look::Engaged) => {
                desk.tell_engine_of_kill();
                self.complaint = None;
                true
            }
            Ok(_) => {
                self.complaint = None;
                false
            }
            Err(error) => {
                let complaint = error.to_string();
                if self.complaint.as_ref() != Some(&complaint) {
                    tracing::error!("{complaint}");
                    self.complaint = Some(complaint);
                }
                false
            }
        }
    }
}

impl Desk {
    /// Cancels everything until the venue shows no open order, and none is on its way.
    async fn flatten(&self, say: &mut (dyn FnMut(String) + Send)) -> Result<String, Failure> {
        let leaving = || self.kill.is_any_leaving();
        self.venue.verdict(self.venue.verify_flat(&leaving, say).await)
    }

    /// The loop journals who killed, and cancels on its side.
    fn tell_engine_of_kill(&self) {
        if let Some(killed) = self.kill.killed() {
            // A loop that has ended sends nothing more.
            let _ = self.engine.send(Operator::Kill { reason: killed.reason, by: killed.by });
        }
    }
}
