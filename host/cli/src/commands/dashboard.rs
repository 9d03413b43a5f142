//! `host dashboard`: serves an account's dashboard, and says who may look and who may stop.

use std::path::Path;
use std::time::Duration;

use clap::{Subcommand, ValueEnum};
use host_core::Timestamp;
use host_core::foreign::is_plain;
use host_live::account_dir::AccountDir;
use host_live::control::stop::StopTerms;
use host_monitor::dashboard::access::{Access, AccessError, CODE_LIFE, Scope};
use host_monitor::dashboard::settings::DashboardSettings;
use host_monitor::dashboard::{DashboardError, DashboardServer};
use host_session::StopFlag;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::json;

use super::account::{account_dir, reference_of};
use super::named_run::{self, NamedRun};
use crate::config::Config;
use crate::context::Context;
use crate::strategies::load::user_cache;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::interrupt;
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::text::Text;

/// Time between two looks at Ctrl-C.
const NAP: Duration = Duration::from_millis(100);

/// Serve a dashboard for a phone: of a live account, with its stop, or of a paper run
///
/// It shows what `host status` shows, with limits, refusals, equity and fills, and stops as `host kill` does. It works
/// beside a running host, and without one. `dashboard.enabled = true` makes a live host serve it by itself. Nobody can
/// trade, change a limit or resume from it. RUN names a paper run, one that goes on included: its pages are marked
/// PAPER, come from its journal alone, and have no stop.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  host dashboard
  host dashboard latest   # the paper run that was begun last
  host dashboard login --name phone --scope kill
  host dashboard login --paper   # for paper runs
  host dashboard sessions
  host dashboard revoke phone"
)]
pub struct Args {
    #[command(subcommand)]
    action: Option<DashboardAction>,

    /// Paper run to show: its name, the beginning of it, `latest`, or its folder
    #[arg(value_name = "RUN", conflicts_with_all = ["account", "paper"])]
    run: Option<String>,

    /// The browsers of paper runs, which have a list of their own
    #[arg(long, global = true, conflicts_with = "account")]
    paper: bool,

    /// Account to show [default: live.account]
    #[arg(long, value_name = "NAME", global = true)]
    account: Option<String>,
}

#[derive(Debug, Subcommand)]
enum DashboardAction {
    /// Show a QR code that lets one browser in, once, within five minutes
    #[command(after_help = "Examples:\n  host dashboard login --name phone --scope kill\n  host dashboard login")]
    Login {
        /// Permission: to look, or also to stop
        #[arg(long, value_enum, default_value_t = Permission::View)]
        scope: Permission,
        /// Name of the browser, for the list and the journal
        #[arg(long, default_value = "browser")]
        name: String,
    },
    /// List the browsers that are signed in
    #[command(after_help = "Examples:\n  host dashboard sessions\n  host dashboard sessions --format json")]
    Sessions {
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Sign a browser out, by its name or number
    #[command(after_help = "Examples:\n  host dashboard revoke phone\n  host dashboard revoke 3")]
    Revoke {
        /// Name or number, as `host dashboard sessions` lists them
        which: String,
    },
}

/// A scope, as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Permission {
    /// To look
    View,
    /// To look, to stop and to note
    Kill,
}

/// Runs `host dashboard`.
///
/// # Errors
/// No account is named, the settings are not safe, the port is taken, or the list of sessions cannot be used.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    if let Some(run) = &args.run {
        return serve_run(&config, run, context);
    }
    let folder = match args.paper {
        true => config.runs.folder.clone(),
        false => account_dir(&config, args.account.as_deref())?.path().to_owned(),
    };
    let access = Access::of(&folder);
    match args.action {
        None if args.paper => {
            Err(Report::usage("no paper run is named").hint("`host dashboard latest` shows the latest one"))
        }
        None => {
            let folder = AccountDir::at(folder);
            let account = reference_of(&folder, args.account.as_deref().unwrap_or(&config.live.account));
            serve(&config, folder, &account, context)
        }
        Some(DashboardAction::Login { scope, name }) => {
            login(&config.dashboard, (&folder, &access), (scope, &name), context)
        }
        Some(DashboardAction::Sessions { format }) => sessions(&access, format, context),
        Some(DashboardAction::Revoke { which }) => {
            let ended = access.revoke(&which, now()).map_err(|error| unusable(&error))?;
            context.ui.say(&format!("signed out: {which} ({ended})"));
            Ok(())
        }
    }
}

/// Starts the dashboard of the account in `folder`.
///
/// # Errors
/// The settings are not safe, the port is taken, or the certificate cannot be used.
pub fn start(config: &Config, folder: AccountDir, account: &str) -> Result<DashboardServer, DashboardError> {
    let terms = StopTerms::new(folder, &config.venue, &config.live, config.feed.poll);
    DashboardServer::start(config.dashboard.clone(), account, terms)
}

fn serve(config: &Config, folder: AccountDir, account: &str, context: &Context) -> Result<()> {
    let stop = interrupt::listen()?;
    std::fs::create_dir_all(folder.path())
        .map_err(|error| Report::io(format!("cannot make the folder {}", folder.path().display()), &error))?;
    let server = start(config, folder, account).map_err(|error| unserved(&error))?;
    say_served(&server, config, account, "host dashboard login", context);
    wait_for(&stop);
    Ok(())
}

/// Serves the dashboard of the paper run that `name` means.
fn serve_run(config: &Config, name: &str, context: &Context) -> Result<()> {
    let stop = interrupt::listen()?;
    let NamedRun::Kept(run) = named_run::find(name, config)? else {
        return Err(Report::usage(format!("`{name}` is a live account"))
            .hint(format!("`host dashboard --account {name}` serves its dashboard")));
    };
    let id = run.facts.id.clone();
    let (settings, access) = (config.dashboard.clone(), Access::of(&config.runs.folder));
    let server =
        DashboardServer::start_run(settings, *run, access, (user_cache(&config.trust), config.sandbox.clone()))
            .map_err(|error| unserved(&error))?;
    say_served(&server, config, &id, "host dashboard login --paper", context);
    wait_for(&stop);
    Ok(())
}

fn say_served(server: &DashboardServer, config: &Config, name: &str, login: &str, context: &Context) {
    let url = DashboardSettings { listen: server.address(), ..config.dashboard.clone() }.browser_url();
    context.ui.say(&format!("the dashboard of {name}: {url}; Ctrl-C ends it, and nothing else"));
    context.ui.say(&format!("`{login}` lets a browser in"));
}

fn wait_for(stop: &StopFlag) {
    while !stop.is_requested() {
        std::thread::sleep(NAP);
    }
}

/// Returns the report of a dashboard that is not served.
pub fn unserved(error: &DashboardError) -> Report {
    let kind = if matches!(error, DashboardError::Settings(_)) { Kind::Config } else { Kind::User };
    Report::new(kind, "the dashboard is not served").because_of(error)
}

fn login(
    settings: &DashboardSettings,
    (folder, access): (&Path, &Access),
    (scope, name): (Permission, &str),
    context: &Context,
) -> Result<()> {
    settings.check().map_err(|error| unserved(&error.into()))?;
    if name.is_empty() || name.chars().count() > 40 || !name.chars().all(is_plain) {
        return Err(Report::usage("`--name` takes 1 to 40 characters, such as phone"));
    }
    std::fs::create_dir_all(folder)
        .map_err(|error| Report::io(format!("cannot make the folder {}", folder.display()), &error))?;
    let scope = match scope {
        Permission::View => Scope::View,
        Permission::Kill => Scope::Kill,
    };
    let code = access.make_code(scope, name, now()).map_err(|error| unusable(&error))?;
    // Behind the "#": no server and no log sees it.
    let link = format!("{}/login#{code}", settings.browser_url());
    let drawn =
        QrCode::new(&link).map_err(|error| Report::new(Kind::Internal, "cannot draw the code").because(error))?;
    let picture = drawn.render::<Dense1x2>().quiet_zone(true).build();
    let what = format!("{name} may {}; the code works once, within {CODE_LIFE}", may(scope));
    context.ui.say_text(&(Text::laid_out(&format!("{picture}\n")) + Text::line(&what)));
    output::print_line(&link)
}

fn may(scope: Scope) -> &'static str {
    match scope {
        Scope::View => "look",
        Scope::Kill => "look and stop",
    }
}

fn sessions(access: &Access, format: Format, context: &Context) -> Result<()> {
    let sessions = access.sessions(now()).map_err(|error| unusable(&error))?;
    if sessions.is_empty() {
        context.ui.say("no browser is signed in");
    }
    let mut rows = Rows::new(&["number", "name", "may", "since", "last used"]);
    let mut all = Vec::new();
    for session in &sessions {
        let (since, used) = (Timestamp(session.created).to_string(), Timestamp(session.used).to_string());
        let (number, name) = (session.number.to_string(), session.name.clone());
        rows.push([number, name, may(session.scope).to_owned(), since.clone(), used.clone()]);
        let (number, name) = (session.number, &session.name);
        all.push(json!({ "number": number, "name": name, "scope": session.scope, "since": since, "used": used }));
    }
    rows.print(format, &all)
}

fn unusable(error: &AccessError) -> Report {
    match error {
        AccessError::NoSession(which) => Report::user(format!("no browser `{which}` is signed in"))
            .hint("`host dashboard sessions` lists those that are"),
        error => Report::user("the list of browsers cannot be used").because_of(error),
    }
}

fn now() -> Timestamp {
    Timestamp(host_system::clock::unix_nanos())
}
