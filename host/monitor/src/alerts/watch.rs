//! The thread of alerts: reads the notices of a host, makes messages of them, and looks at the clock.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use host_core::{Span, Timestamp};
use host_live::account_dir::AccountDir;
use host_live::notice::Notice;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

use super::channel::{Channel, channels, timeout};
use super::clock_time::ClockTime;
use super::courier::{Courier, SharedQueue, now, or_logged, sleep_until};
use super::error::AlertError;
use super::grouping::Grouping;
use super::health::{Health, health};
use super::heartbeat::Heartbeat;
use super::message::{Message, MessageKind, Told};
use super::news::News;
use super::queue::Queue;
use super::settings::AlertsSettings;
use super::summary::{NoticeTally, summary};
use super::webhook::client;
use crate::status::look;

/// Time that a host which ends gives to what waits.
const LAST_TRIES: Duration = Duration::from_secs(5);
/// Time between two calls of the dead man's switch.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// Pause before another look at a host that has not begun yet.
const NOT_YET: Span = Span::seconds(1);

/// Alerts that are set up and wait for a host. All that can be wrong with their settings has been found.
#[derive(Debug)]
pub struct Prepared {
    settings: AlertsSettings,
    channels: Vec<Arc<Channel>>,
    heartbeat: Option<Heartbeat>,
}

/// The thread that tells people.
#[derive(Debug)]
pub struct Alerts {
    thread: JoinHandle<()>,
    change: AlertsChange,
}

/// The way to tell others, or in other ways, from now on.
#[derive(Clone, Debug)]
pub struct AlertsChange(mpsc::UnboundedSender<Option<Prepared>>);

impl AlertsChange {
    /// Tells people as `prepared` says, or nobody. What waits for a channel that is no more is given up.
    pub fn take_up(&self, prepared: Option<Prepared>) {
        // Fails only if the host has ended, and nobody is told anything any more.
        let _ = self.0.send(prepared);
    }
}

impl Prepared {
    /// Sets up what `settings` name; `None` if nobody is to be told of anything.
    ///
    /// # Errors
    /// A file of a secret cannot be used, or an address in one is not valid.
    pub fn new(settings: &AlertsSettings) -> Result<Option<Prepared>, AlertError> {
        let channels: Vec<_> = channels(settings)?.into_iter().map(Arc::new).collect();
        let url = settings.heartbeat_url.clone();
        let heartbeat = match url.is_empty() {
            true => None,
            false => Some(Heartbeat { url, client: client()?, timeout: timeout(settings) }),
        };
        let is_needed = !channels.is_empty() || heartbeat.is_some();
        Ok(is_needed.then(|| Prepared { settings: settings.clone(), channels, heartbeat }))
    }

    /// Tells people as [`Alerts::follow`] does.
    ///
    /// # Errors
    /// The system cannot start a thread.
    pub fn follow(self, notices: Receiver<Notice>, folder: AccountDir, account: &str) -> Result<Alerts, AlertError> {
        Alerts::follow(Some(self), notices, folder, account)
    }
}

impl Alerts {
    /// Tells people of the `notices` of the host that trades `account` in `folder`, or nobody until that is changed.
    /// The host must hold the account's lock: the queue in the folder is for one.
    ///
    /// # Errors
    /// The system cannot start a thread.
    pub fn follow(
        prepared: Option<Prepared>,
        notices: Receiver<Notice>,
        folder: AccountDir,
        account: &str,
    ) -> Result<Alerts, AlertError> {
        let account = account.to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(AlertError::Thread)?;
        let (change, changes) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name("alerts".to_owned());
        let thread = thread.spawn(move || tell(runtime, (prepared, changes), notices, folder, account));
        Ok(Alerts { thread: thread.map_err(AlertError::Thread)?, change: AlertsChange(change) })
    }

    /// Returns the way to change who is told.
    pub fn change(&self) -> AlertsChange {
        self.change.clone()
    }

    /// Waits until what waits has been tried, for a few seconds at most. The stream of notices must have ended. What is
    /// left is delivered at the next start.
    pub fn join(self) {
        // An error is a panic of the thread, which the panic hook has reported.
        let _ = self.thread.join();
    }
}

fn tell(
    runtime: Runtime,
    (mut prepared, changes): (Option<Prepared>, mpsc::UnboundedReceiver<Option<Prepared>>),
    notices: Receiver<Notice>,
    folder: AccountDir,
    account: String,
) {
    let (sender, received) = mpsc::unbounded_channel();
    // Only a thread can wait for the stream. It ends with the stream.
    runtime.spawn_blocking(move || notices.iter().try_for_each(|notice| sender.send(notice)));
    runtime.block_on(async {
        let mut heard = HostNews { notices: received, changes };
        loop {
            let next = match prepared.take() {
                None => heard.nobody_to_tell().await,
                Some(prepared) => match Queue::open(&folder, now()) {
                    Ok(queue) => Watch::begin(prepared, queue, folder.clone(), account.clone()).run(&mut heard).await,
                    Err(error) => {
                        tracing::error!("nobody is told of anything: there is no memory for a queue: {error}");
                        heard.nobody_to_tell().await
                    }
                },
            };
            match next {
                NextStep::End => break,
                NextStep::Change(next) => prepared = next.map(|next| *next),
            }
        }
    });
    // Not waiting for a server that hangs: what it has not taken waits on the disk.
    runtime.shutdown_background();
}

/// The news of the host.
struct HostNews {
    notices: mpsc::UnboundedReceiver<Notice>,
    changes: mpsc::UnboundedReceiver<Option<Prepared>>,
}

/// The reason why people are not told as before.
enum NextStep {
    /// The stream of notices has ended.
    End,
    /// Others are to be told, or nobody.
    Change(Option<Box<Prepared>>),
}

impl HostNews {
    /// Passes notices over until there is somebody to tell.
    async fn nobody_to_tell(&mut self) -> NextStep {
        loop {
            tokio::select! {
                notice = self.notices.recv() => if notice.is_none() { return NextStep::End },
                Some(change) = self.changes.recv() => return NextStep::Change(change.map(Box::new)),
            }
        }
    }
}

/// Notices on one side, messages on the other.
struct Watch {
    account: String,
    folder: AccountDir,
    runbook: String,
    channels: Vec<Arc<Channel>>,
    queue: SharedQueue,
    grouping: Grouping,
    /// Wakes the couriers.
    queued: watch::Sender<()>,
    news: mpsc::UnboundedReceiver<News>,
    tell_news: mpsc::UnboundedSender<News>,
    tally: NoticeTally,
    summary_time: Option<ClockTime>,
    /// The time at which the next summary is due.
    next_summary: Option<Timestamp>,
    /// Lets the dead man's switch look at the host at once.
    look_now: Arc<Notify>,
    /// Couriers and the dead man's switch; they end with this.
    _tasks: JoinSet<()>,
}

impl Watch {
    /// Starts the couriers and the dead man's switch.
    fn begin(prepared: Prepared, mut queue: Queue, folder: AccountDir, account: String) -> Watch {
        let Prepared { settings, channels, heartbeat } = prepared;
        let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
        or_logged(queue.give_up_others(&names, now()));
        let summary_time = settings.summary_time();
        let last_summary = or_logged(queue.last(MessageKind::Summary)).unwrap_or_else(now);
        let (queue, grouping) = (SharedQueue::new(queue), settings.grouping());
        let ((queued, waiting), (tell_news, news)) = (watch::channel(()), mpsc::unbounded_channel());
        let mut tasks = JoinSet::new();
        for channel in &channels {
            let (channel, queue, queued) = (channel.clone(), queue.clone(), waiting.clone());
            let courier =
                Courier { channel, queue, grouping, give_up: settings.give_up, told: tell_news.clone(), queued };
            tasks.spawn(courier.run());
        }
        let look_now = Arc::new(Notify::new());
        if let Some(heartbeat) = heartbeat {
            tasks.spawn(beat(heartbeat, folder.clone(), look_now.clone()));
        }
        Watch {
            account,
            folder,
            runbook: settings.runbook,
            channels,
            queue,
            grouping,
            queued,
            news,
            tell_news,
            tally: NoticeTally::new(now()),
            summary_time,
            next_summary: summary_time.map(|time| time.next(last_summary)),
            look_now,
            _tasks: tasks,
        }
    }

    /// Works until the stream of notices ends, or others are to be told.
    async fn run(mut self, heard: &mut HostNews) -> NextStep {
        loop {
            self.ask_for_summary();
            let wake = self.send_groups(false);
            tokio::select! {
                notice = heard.notices.recv() => match notice {
                    Some(notice) => self.take(&notice),
                    None => {
                        self.close().await;
                        return NextStep::End;
                    }
                },
                // What is held stays on the disk, and the next one finds it.
                Some(change) = heard.changes.recv() => return NextStep::Change(change.map(Box::new)),
                Some(news) = self.news.recv() => self.take_news(news),
                () = sleep_until(wake) => {}
            }
        }
    }

    /// Holds a notice that people are told of until its group is due; the first one is at once.
    fn take(&mut self, notice: &Notice) {
        self.tally.count(notice);
        let Some(kind) = MessageKind::of(notice.severity) else { return };
        or_logged(self.queue.lock().hold(kind, now(), &Told::of(notice, &self.runbook)));
        if kind == MessageKind::Critical {
            self.look_now.notify_one();
        }
    }

    fn take_news(&mut self, news: News) {
        match news {
            // Only another channel can tell.
            News::Failing { channel, error } if self.channels.len() > 1 => {
                let told = Told::of_channel(now(), &channel, &error);
                or_logged(self.queue.lock().hold(MessageKind::Warning, now(), &told));
            }
            News::Failing { .. } => {}
            News::Status(answer) if health(&answer) == Health::Absent => self.next_summary = Some(now() + NOT_YET),
            News::Status(answer) => {
                let undelivered = or_logged(self.queue.lock().undelivered(self.tally.since));
                let message = summary(&self.account, &answer, &self.tally, undelivered);
                self.add(&message);
                self.tally = NoticeTally::new(now());
                self.next_summary = self.summary_time.map(|time| time.next(now()));
            }
        }
    }

    /// Asks the host how it is, if a summary is due.
    fn ask_for_summary(&mut self) {
        if self.next_summary.is_none_or(|due| due > now()) {
            return;
        }
        // Until the answer is there.
        self.next_summary = None;
        let (folder, tell) = (self.folder.clone(), self.tell_news.clone());
        // Nobody listens any more if the host has ended meanwhile.
        tokio::spawn(async move { tell.send(News::Status(Box::new(look(&folder).await))) });
    }

    /// Queues the groups that are due, or all but those that quiet hours hold if the host `ends`. Returns when to look
    /// again.
    fn send_groups(&mut self, ends: bool) -> Timestamp {
        let mut wake = self.next_summary.unwrap_or(Timestamp(i64::MAX));
        for kind in [MessageKind::Critical, MessageKind::Warning] {
            let (since, last) = {
                let queue = self.queue.lock();
                (or_logged(queue.held_since(kind)), or_logged(queue.last(kind)))
            };
            let Some(since) = since else { continue };
            let due = if ends { self.grouping.pass_quiet(kind, now()) } else { self.grouping.due(kind, since, last) };
            if due > now() {
                wake = wake.min(due);
                continue;
            }
            let held = or_logged(self.queue.lock().held(kind));
            self.add(&Message::of_notices(kind, &self.account, held));
        }
        wake
    }

    fn add(&self, message: &Message) {
        let takers = self.channels.iter().filter(|channel| channel.takes(message.kind));
        let names: Vec<&str> = takers.map(|channel| channel.name.as_str()).collect();
        or_logged(self.queue.lock().add(message, &names, now()));
        self.queued.send_replace(());
    }

    /// Queues what is held, and gives the couriers a few seconds.
    async fn close(&mut self) {
        self.send_groups(true);
        // Not by the machine's clock: it may be set meanwhile.
        let begun = Instant::now();
        let left = || LAST_TRIES.saturating_sub(begun.elapsed());
        let until = || now() + Span(i64::try_from(left().as_nanos()).unwrap_or(i64::MAX));
        while !left().is_zero() && or_logged(self.queue.lock().has_due(until())) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Calls the dead man's switch each minute, and at once when something critical happens.
async fn beat(heartbeat: Heartbeat, folder: AccountDir, look_now: Arc<Notify>) {
    loop {
        let health = health(&look(&folder).await);
        heartbeat.call(health).await;
        let pause = if health == Health::Absent { Duration::from_secs(1) } else { HEARTBEAT };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = look_now.notified() => {}
        }
    }
}
