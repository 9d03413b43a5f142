//! `host gonogo sign`: a person's word on what the machine cannot know.

use host_core::Timestamp;
use host_evaluate::gonogo::{CRITERIA, SIGNED};
use host_store::decisions::{self, Decision};
use host_store::suggest::did_you_mean;

use crate::commands::account::account_dir;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::operator::login;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host gonogo sign profit-factor --reason '54 trades are few, and I accept it'
  host gonogo sign kill-switch --reason 'stopped it from my phone'")]
pub struct Args {
    /// Criterion, by its word in `host gonogo`, such as profit-factor
    #[arg(value_name = "KEY")]
    key: String,
    /// What you know, and how
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Account that it is about [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

/// Signs a criterion.
///
/// # Errors
/// There is no such criterion, the reason is empty, or it cannot be kept.
pub(super) fn run(args: &Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let key = args.key.as_str();
    let words = || CRITERIA.iter().map(|subject| subject.key);
    let Some(subject) = CRITERIA.iter().find(|subject| subject.key == key) else {
        let guess = did_you_mean(key, words());
        let all = format!("write one of: {}", words().collect::<Vec<_>>().join(", "));
        return Err(Report::usage(format!("there is no criterion `{key}`")).hint(guess.unwrap_or(all)));
    };
    let reason = args.reason.trim();
    if reason.is_empty() {
        return Err(Report::usage("a signature needs a reason: what you know, and how"));
    }
    let folder = account_dir(&config, args.account.as_deref())?.real();
    let failed = |error: &dyn std::error::Error| Report::user("nothing was signed").because_of(error);
    folder.create().map_err(|error| failed(&error))?;
    let time = Timestamp(host_system::clock::unix_nanos());
    let (what, about) = (SIGNED.to_owned(), Some(key.to_owned()));
    let decision = Decision { time, who: login(), what, text: reason.to_owned(), about };
    decisions::add(folder.path(), &decision).map_err(|error| failed(&error))?;
    let until = time + config.gonogo.signature_age;
    context.ui.say(&format!("signed: {} ({key}), until {until}", subject.title));
    context.ui.say("a signature counts where the machine does not know, and never against a failure");
    Ok(())
}
