//! The thread that takes the operator's requests: through the control socket, a signal, or the file `KILLED`.
//!
//! It has a runtime and a venue client of its own and never waits for the loop around the engine, except for its answer
//! to a request to resume. The socket is its owner's alone (0600).

mod connection;
mod service;

pub use connection::final_reply;

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

use super::cancel_all::VenueAccess;
use super::inbox::OperatorRequest;
use super::kill_switch::{FileLook, KillSwitch};
use super::reload::Reloader;
use super::status::StatusPublisher;
use crate::account_dir::AccountDir;
use crate::error::{LiveError, Result};
use service::ControlService;

use crate::swap::Preparer;

/// Interval between looks at the file `KILLED`.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The control thread. Dropped, it ends, after what it has begun.
#[derive(Debug)]
pub struct Control {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Control {
    /// Starts the thread for the account in `folder`, whose lock the caller must hold: then a socket that is there is a
    /// dead host's. Requests go to `engine`. If the account is killed, everything still open at the venue is cancelled
    /// again.
    ///
    /// # Errors
    /// The socket cannot be made, or the system gives no thread.
    pub fn serve(
        folder: &AccountDir,
        venue: VenueAccess,
        status: StatusPublisher,
        kill: KillSwitch,
        (engine, preparer, reloader): (Sender<OperatorRequest>, Preparer, Reloader),
    ) -> Result<Control> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(LiveError::ControlThread)?;
        let listener = bind(folder)?;
        let (signals, listener) = {
            let _inside = runtime.enter();
            let usr1 = signal(SignalKind::user_defined1()).map_err(LiveError::ControlThread)?;
            let hangup = reloader.on_hangup.then(|| signal(SignalKind::hangup())).transpose();
            let signals = Signals { usr1, hangup: hangup.map_err(LiveError::ControlThread)? };
            (signals, UnixListener::from_std(listener).map_err(LiveError::ControlThread)?)
        };
        let (stop, stopped) = oneshot::channel();
        let service = ControlService { status, kill, venue, engine, preparer, reloader };
        let socket = folder.socket();
        let serve = move || {
            run(&runtime, service, listener, signals, stopped);
            // Gone or not: the next host replaces it.
            let _ = files::remove_durably(&socket);
        };
        let thread =
            std::thread::Builder::new().name("control".to_owned()).spawn(serve).map_err(LiveError::ControlThread)?;
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
            // Its panic, if it had one, has been reported by the hook.
            let _ = thread.join();
        }
    }
}

/// Listens in `folder`. The socket gets its name only once nobody else can open it.
fn bind(folder: &AccountDir) -> Result<StdListener> {
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
    bound.map_err(|source: io::Error| LiveError::ControlSocket { path, source })
}

/// The signals that the thread waits for.
struct Signals {
    usr1: Signal,
    /// `None` if a hangup is not the thread's.
    hangup: Option<Signal>,
}

impl Signals {
    /// Waits for a hangup; for ever, if it is not the thread's.
    async fn hung_up(hangup: &mut Option<Signal>) -> Option<()> {
        match hangup {
            Some(signal) => signal.recv().await,
            None => std::future::pending().await,
        }
    }
}

fn run(
    runtime: &Runtime,
    service: ControlService,
    listener: UnixListener,
    Signals { mut usr1, mut hangup }: Signals,
    mut stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async move {
        let mut tasks = JoinSet::new();
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut watch = FileWatch::default();
        if service.kill.is_engaged() {
            tasks.spawn(connection::cancel_all(service.clone()));
        }
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => { tasks.spawn(connection::serve(service.clone(), stream)); }
                    // Out of file descriptors: the file and the signal still kill, and looking again at once would
                    // spin.
                    Err(error) => {
                        tracing::error!("the control socket fails: {error}");
                        tokio::time::sleep(LOOK_EVERY).await;
                    }
                },
                Some(()) = usr1.recv() => {
                    tasks.spawn(connection::kill_by_signal(service.clone(), "signal SIGUSR1".to_owned()));
                }
                Some(()) = Signals::hung_up(&mut hangup) => {
                    tasks.spawn(connection::reload_by_signal(service.clone(), "signal SIGHUP".to_owned()));
                }
                _ = looks.tick() => if watch.look(&service) {
                    tasks.spawn(connection::cancel_all(service.clone()));
                },
                Some(_) = tasks.join_next() => {}
                _ = &mut stopped => break,
            }
        }
        // Ends in time: no task waits longer than the patience of a kill.
        while tasks.join_next().await.is_some() {}
    });
}

/// The watch on the file `KILLED`, which complains of the same thing once.
#[derive(Debug, Default)]
struct FileWatch {
    complaint: Option<String>,
}

impl FileWatch {
    /// Looks at the file. Returns true if that has engaged the switch.
    fn look(&mut self, service: &ControlService) -> bool {
        match service.kill.look() {
            Ok(FileLook::Engaged) => {
                service.tell_engine_of_kill();
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
