//! `host exchange keygen`: creates an account on the embedded exchange, and its key.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use host_core::Usd;
use host_exchange::server::REST_PREFIX;
use host_exchange::server::accounts::{AccountEntry, Accounts, FurtherKey, KeyKind, generate, key_id};
use host_exchange::server::limits::Tier;
use host_system::files;

use super::defaults::{ACCOUNTS_FILE, LISTEN};
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output;

/// Create an account on the embedded exchange: a key pair, and an entry in the accounts file
///
/// Prints the lines that a client's configuration needs. The private key is only in its file; nothing is overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  host exchange keygen --account alex > host.toml\n  \
                        host exchange keygen --account robo --kind ed25519 --out keys >> host.toml\n  \
                        host exchange keygen --account alex --further-key 2")]
pub struct Args {
    /// Name of the account: letters, digits, - and _
    #[arg(long, value_name = "NAME", value_parser = account_name)]
    account: String,

    /// Initial balance, in dollars
    #[arg(long, value_name = "DOLLARS", default_value = "10000", value_parser = dollars)]
    deposit: Usd,

    /// Make another key of an account that is there, to rotate its key: NAME-LABEL.key.pem. An exchange that runs
    /// knows it after its next start
    #[arg(long, value_name = "LABEL", value_parser = account_name, conflicts_with = "deposit")]
    further_key: Option<String>,

    /// Kind of key
    #[arg(long, value_enum, default_value_t = KeyChoice::Rsa)]
    kind: KeyChoice,

    /// Folder of the key and the accounts file
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

/// The kinds of keys on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KeyChoice {
    /// RSA with 2048 bits
    Rsa,
    /// Ed25519
    Ed25519,
}

fn account_name(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if is_name { Ok(text.to_owned()) } else { Err("write letters, digits, - and _".to_owned()) }
}

fn dollars(text: &str) -> Result<Usd, String> {
    let amount = text.parse().ok().and_then(Usd::from_dollars).filter(|amount| *amount >= Usd::ZERO);
    amount.ok_or_else(|| format!("`{text}` is not an amount: write dollars, such as 10000"))
}

/// Runs `host exchange keygen`.
///
/// # Errors
/// An account or key file of this name exists already, or the folder cannot be written; or there is no account of
/// which a further key is to be made.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    std::fs::create_dir_all(&args.out)
        .map_err(|error| Report::io(format!("cannot create the folder {}", args.out.display()), &error))?;
    let accounts_file = args.out.join(ACCOUNTS_FILE);
    let label = args.further_key.as_ref().map_or_else(String::new, |label| format!("-{label}"));
    let key_file = args.out.join(format!("{}{label}.key.pem", args.account));
    let mut accounts = match accounts_file.exists() {
        true => {
            Accounts::load(&accounts_file).map_err(|error| Report::user("cannot add an account").because_of(&error))?
        }
        false => Accounts::default(),
    };
    require(args, &accounts, &accounts_file)?;
    let kind = match args.kind {
        KeyChoice::Rsa => KeyKind::Rsa,
        KeyChoice::Ed25519 => KeyKind::Ed25519,
    };
    let (private, public) =
        generate(kind).map_err(|error| Report::new(Kind::Internal, "cannot create a key").because_of(&error))?;
    let key_id = key_id(&public);
    write_private(&key_file, &private)?;
    add(args, &mut accounts, &key_id, public);
    if let Err(error) = accounts.save(&accounts_file) {
        // A key without an account is useless, and would block the next attempt.
        let _ = std::fs::remove_file(&key_file);
        return Err(Report::user("cannot add the account").because_of(&error));
    }
    context.ui.say(&format!("wrote the private key to {}", key_file.display()));
    context.ui.say(&match args.further_key {
        Some(_) => format!("added a key of the account {} to {}", args.account, accounts_file.display()),
        None => format!("added account {} with ${} to {}", args.account, args.deposit, accounts_file.display()),
    });
    let whole = key_file.canonicalize().unwrap_or(key_file);
    output::print(&configuration(&key_id, &whole))
}

/// Fails if the account is there and should not be, or the other way round.
fn require(args: &Args, accounts: &Accounts, file: &Path) -> Result<()> {
    let is_there = accounts.accounts.iter().any(|account| account.name == args.account);
    let (name, file) = (&args.account, file.display());
    match (is_there, &args.further_key) {
        (true, None) => Err(Report::user(format!("the account `{name}` already exists in {file}")).hint(
            "choose another name, or another folder with `--out`; `--further-key 2` makes another key of the account",
        )),
        (false, Some(_)) => Err(Report::user(format!("there is no account `{name}` in {file}"))
            .hint("`host exchange keygen --account NAME` without `--further-key` makes one")),
        _ => Ok(()),
    }
}

/// Adds the account, or the further key of one.
fn add(args: &Args, accounts: &mut Accounts, key_id: &str, public_key_pem: String) {
    let (name, key_id) = (args.account.clone(), key_id.to_owned());
    match args.further_key {
        Some(_) => accounts.further_keys.push(FurtherKey { account: name, key_id, public_key_pem }),
        None => {
            let (deposit, tier) = (args.deposit, Tier::default());
            accounts.accounts.push(AccountEntry { name, key_id, public_key_pem, deposit, tier });
        }
    }
}

/// Returns the lines for a client's configuration.
fn configuration(key_id: &str, key_file: &Path) -> String {
    let key_file = toml::Value::String(key_file.display().to_string());
    format!("[venue]\nbase_url = \"http://{LISTEN}{REST_PREFIX}\"\nkey_id = \"{key_id}\"\nkey_file = {key_file}\n")
}

/// Creates a file that only its owner can read, and refuses to overwrite one.
fn write_private(path: &Path, text: &str) -> Result<()> {
    files::create_private(path, text.as_bytes()).map_err(|error| {
        let report = Report::io(format!("cannot write the private key {}", path.display()), &error);
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                report.hint("a key is never overwritten: choose another name or folder")
            }
            _ => report,
        }
    })
}
