//! `host notify`: tries the channels of alerts, and lists what was sent through them.

use clap::Subcommand;
use host_monitor::alerts::{Channel, LogEntry, Message, MessageState, SendError, channels, log};
use serde_json::json;

use super::account::account_dir;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output::{Format, Rows};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: NotifyAction,
}

#[derive(Debug, Subcommand)]
enum NotifyAction {
    /// Send a test through every channel of [alerts], and print how each went
    ///
    /// No host needs to run. The dead man's switch (alerts.heartbeat_url) is not called: it hears of a host that runs.
    #[command(after_help = "Examples:\n  host notify test\n  host notify test --format json")]
    Test(NotifyArgs),
    /// List what was sent, waits or failed, with the number of tries and the last error
    #[command(after_help = "Examples:\n  host notify log\n  host notify log --account alex --format csv")]
    Log(NotifyArgs),
}

#[derive(Debug, clap::Args)]
struct NotifyArgs {
    /// Account that is told of [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host notify`.
///
/// # Errors
/// No account or no channel is configured, a channel does not take the test, or the list cannot be read.
pub fn run(args: Args, context: &Context) -> Result<()> {
    match args.action {
        NotifyAction::Test(args) => test(&args, context),
        NotifyAction::Log(args) => list(&args, context),
    }
}

fn test(args: &NotifyArgs, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let account = args.account.as_ref().unwrap_or(&config.live.account);
    let channels = channels(&config.alerts)?;
    if channels.is_empty() {
        return Err(Report::new(Kind::Config, "nobody is told of anything: [alerts] names no channel")
            .hint("set alerts.mail.server, or add [[alerts.webhook]], in host.toml"));
    }
    let outcomes = try_all(&channels, &Message::test(account))?;
    let mut rows = Rows::new(&["channel", "outcome"]);
    let mut all = Vec::new();
    for (channel, outcome) in channels.iter().zip(&outcomes) {
        let error = outcome.as_ref().err().map(ToString::to_string);
        rows.push([channel.name.clone(), error.clone().unwrap_or_else(|| "delivered".to_owned())]);
        all.push(json!({ "channel": channel.name, "delivered": error.is_none(), "error": error }));
    }
    rows.print(args.format, &all)?;
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    match failed {
        0 => Ok(()),
        _ => Err(Report::new(Kind::Venue, format!("{failed} of {} channels do not deliver", channels.len()))
            .hint("correct the section [alerts] of host.toml, or what it points to")),
    }
}

/// Sends `message` through each channel; returns the outcomes in their order.
///
/// # Errors
/// This machine makes no connections.
pub fn try_all(channels: &[Channel], message: &Message) -> Result<Vec<Result<(), SendError>>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Report::new(Kind::Internal, "cannot connect").because(error))?;
    let id = format!("{:x}.test", host_system::clock::unix_nanos());
    Ok(runtime.block_on(async {
        let mut outcomes = Vec::new();
        for channel in channels {
            outcomes.push(channel.send(message, &id).await);
        }
        outcomes
    }))
}

fn list(args: &NotifyArgs, context: &Context) -> Result<()> {
    let folder = account_dir(&context.config()?.config, args.account.as_deref())?;
    let entries = log(&folder)?;
    if entries.is_empty() {
        context.ui.say("nobody has been told of anything yet");
    }
    let mut rows = Rows::new(&["queued", "channel", "kind", "state", "tries", "subject", "last error"]);
    for entry in &entries {
        let LogEntry { queued, channel, kind, subject, tries, .. } = entry.clone();
        let error = entry.last_error.clone().unwrap_or_default();
        rows.push([queued, channel, kind, state(entry), tries.to_string(), subject, error]);
    }
    rows.print(args.format, &entries)
}

fn state(entry: &LogEntry) -> String {
    match (entry.state, &entry.next_try) {
        (MessageState::Sent, _) => "sent".to_owned(),
        (MessageState::Failed, _) => "failed".to_owned(),
        (MessageState::Waiting, Some(next)) => format!("waits until {next}"),
        (MessageState::Waiting, None) => "waits".to_owned(),
    }
}
