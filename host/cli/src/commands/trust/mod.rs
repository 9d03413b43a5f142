//! `host trust`: edits the trust list in the configuration, confirms components that nobody signed, and trusts folders
//! whose code a build runs.

mod folder;
mod list;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use host_sandbox::trust::{CalendarDay, Candidate, PublicKey, Signer, TrustSettings, TrustedKey};
use host_store::suggest::did_you_mean;
use host_system::capped;

use crate::commands::trust::folder::FolderArgs;
use crate::config::{Loaded, Origin, edit, layer};
use crate::context::Context;
use crate::strategies::load::Strategies;
use crate::strategies::trusted;
use crate::terminal::error::{Report, Result};
use crate::terminal::operator::operator;
use crate::terminal::output::Format;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: TrustAction,
}

#[derive(Debug, Subcommand)]
enum TrustAction {
    /// Let the signatures of a key count: adds it to the trust list in host.toml
    #[command(after_help = "Examples:\n  host trust add alex alex.pub\n  host trust add bert \
                            RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n  \
                            host trust add carla carla.pub --expires 2027-01-01")]
    Add(AddArgs),
    /// List the keys whose signatures count, the components that people have confirmed, and the folders you trust
    #[command(after_help = "Examples:\n  host trust list\n  host trust list --format json")]
    List {
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Let the signatures of a key count no more: removes it from the trust list in host.toml
    #[command(after_help = "Examples:\n  host trust remove bert")]
    Remove {
        /// Name of the key
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Confirm that a component which nobody signed may run, by its digest: writes host.lock beside host.toml
    #[command(after_help = "Examples:\n  host trust confirm mean_reversion.wasm")]
    Confirm {
        /// A component, or a strategy's crate folder, which is built first
        #[arg(value_name = "X.wasm|DIR")]
        strategy: PathBuf,
    },
    /// Trust the code in a strategy's crate folder, which a build runs: build scripts and macros
    ///
    /// The host's own strategies need no such trust. It is for this folder alone, not for those below it, and lasts
    /// while the same folder stands there and nobody but you can change it. It is kept in your own settings, in
    /// ~/.config/trading-host, never with a strategy.
    #[command(after_help = "Examples:\n  host trust folder my-strategy\n  host trust folder my-strategy --remove")]
    Folder(FolderArgs),
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// Your name for the holder of the key
    #[arg(value_name = "NAME")]
    name: String,

    /// The public key: a `.pub` file of minisign, or its last line
    #[arg(value_name = "KEY|FILE")]
    key: String,

    /// CalendarDay on which it counts no more, from midnight UTC
    #[arg(long, value_name = "DATE")]
    expires: Option<CalendarDay>,
}

/// Runs `host trust`.
///
/// # Errors
/// The configuration or the lock cannot be read or written, or the key or the component cannot be used.
pub fn run(args: Args, context: &Context) -> Result<()> {
    match args.action {
        TrustAction::Add(args) => add(args, &context.config()?, context),
        TrustAction::List { format } => list::run(&context.config()?, format, context),
        TrustAction::Remove { name } => remove(&name, &context.config()?, context),
        TrustAction::Confirm { strategy } => confirm(&strategy, &context.config()?, context),
        // A configuration may have come with the folder, and has no say in this.
        TrustAction::Folder(args) => folder::run(&args, context),
    }
}

fn add(args: AddArgs, loaded: &Loaded, context: &Context) -> Result<()> {
    let key = TrustedKey { public_key: public_key(&args.key)?, name: args.name, expires: args.expires };
    let mut after: TrustSettings = loaded.config.trust.clone();
    after.keys.push(key.clone());
    if let Some((_, fault)) = after.refusals().into_iter().next() {
        return Err(Report::user(format!("cannot add the key {}", key.public_key.id()))
            .because(fault)
            .hint("`host trust list` shows the keys that are there; `host trust remove NAME` removes one"));
    }
    require_in_file(loaded)?;
    let file = loaded.file.as_deref().unwrap_or(Path::new(layer::DEFAULT_FILE));
    edit::add_trusted_key(file, &key)?;
    let until = key.expires.map_or_else(String::new, |day| format!(" until {day}"));
    context.ui.say(&format!(
        "{}: signatures of {} count{until}, key {}",
        file.display(),
        key.name,
        key.public_key.id()
    ));
    if !key.is_valid(CalendarDay::of(trusted::now())) {
        context.ui.say("note: that day has come already");
    }
    Ok(())
}

/// Returns the public key that `text` is, or that the file of this name holds.
fn public_key(text: &str) -> Result<PublicKey> {
    let unusable = |error: &dyn std::error::Error, place: &str| {
        Report::user(format!("cannot trust {place}"))
            .because_of(error)
            .hint("give a `.pub` file, as `host sign --new-key` and `minisign -G` write it, or its last line")
    };
    match capped::read_to_string(Path::new(text), capped::SETTINGS) {
        Ok(content) => content.parse().map_err(|error| unusable(&error, text)),
        // The text itself is not repeated: a secret key may have been pasted.
        Err(error) if error.kind() == ErrorKind::NotFound || text.len() > 56 => {
            text.trim().parse().map_err(|error| unusable(&error, "this key: there is no file of that name, and"))
        }
        Err(error) => Err(Report::io(format!("cannot read {text}"), &error)),
    }
}

fn remove(name: &str, loaded: &Loaded, context: &Context) -> Result<()> {
    let names = || loaded.config.trust.keys.iter().map(|key| key.name.as_str());
    if !names().any(|known| known == name) {
        return Err(Report::user(format!("there is no key `{name}` in the trust list"))
            .hint(did_you_mean(name, names()).unwrap_or("`host trust list` shows the keys".to_owned())));
    }
    require_in_file(loaded)?;
    let file = loaded.file.as_deref().unwrap_or(Path::new(layer::DEFAULT_FILE));
    match edit::remove_trusted_key(file, name)? {
        true => {
            context.ui.say(&format!("{}: signatures of {name} count no more", file.display()));
            context.ui.say("note: a host that runs reads its configuration at its next start");
            Ok(())
        }
        false => Err(Report::user(format!("the key `{name}` is not in {}", file.display()))),
    }
}

/// Fails if the trust list comes from elsewhere than the file: a change there would do nothing.
fn require_in_file(loaded: &Loaded) -> Result<()> {
    match loaded.origin("trust.keys") {
        Origin::Default | Origin::File { .. } => Ok(()),
        other => Err(Report::user(format!("trust.keys is set by the {other}, which overrides the file"))
            .hint("edit it there, or unset it")),
    }
}

fn confirm(path: &Path, loaded: &Loaded, context: &Context) -> Result<()> {
    let (component, bytes) =
        Strategies::new(&loaded.config.sandbox, &loaded.config.trust, context.ui)?.load_with_bytes(path)?;
    let signature = trusted::signature_beside(Path::new(&component.name))?;
    let (name, version) = (&component.manifest.name, &component.manifest.version);
    match loaded.config.trust.signer(&bytes, signature.as_deref(), trusted::now()) {
        Signer::Rejected(fault) => {
            let remove = format!("remove {0}.minisig if the component itself is right", component.name);
            return Err(Report::user(format!("{name} {version} is not confirmed: a person's word would not help it"))
                .because_of(&fault)
                .hint(format!("get the signature anew, or trust its key (`host trust add`); or {remove}")));
        }
        signer @ Signer::Trusted { .. } => context.ui.say(&format!("note: it is {signer} as well")),
        Signer::Unsigned => {}
    }
    let candidate = Candidate { slot: &component.manifest.name, component: &component, bytes: &bytes, signature: None };
    let file = trusted::lock_file(loaded)?;
    let by = operator("trust confirm");
    file.update(|lock| lock.confirm(&candidate, &by, trusted::now())).map_err(|error| trusted::report(&error))?;
    context.ui.say(&format!("confirmed {name} {version}, sha256 {}, in {}", component.digest, file.path().display()));
    Ok(())
}
