//! `host sign`: signs a component in minisign's format, or makes a key pair to sign with.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use host_core::{Span, foreign};
use host_sandbox::StrategyComponent;
use host_sandbox::trust::{SecretKey, SecretKeyError, is_encrypted, new_pair, signature_path};
use host_system::{capped, clock, files};

use crate::context::Context;
use crate::strategies::load::Strategies;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output;
use crate::terminal::password;

/// The ending of the file of a public key.
const PUBLIC_ENDING: &str = "pub";

/// Sign a component, so that others can verify who vouches for it, or make a key pair to sign with
///
/// Writes X.wasm.minisig. Keys and signatures are those of minisign: its tools verify what this signs, and the other
/// way round. `host trust add` makes a key count. The password of a key is asked for at the terminal, or read from a
/// file; it never stands on the command line.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host sign --new-key alex.key
  host sign mean_reversion.wasm --key alex.key
  host sign mean_reversion.wasm --key alex.key --password-file password
  minisign -V -m mean_reversion.wasm -p alex.pub")]
pub struct Args {
    /// Component to sign
    #[arg(value_name = "X.wasm", required_unless_present = "new_key", conflicts_with = "new_key", requires = "key")]
    component: Option<PathBuf>,

    /// File of the secret key
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Make a key pair: the secret key in FILE, which is never overwritten, and the public one in FILE.pub
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    new_key: Option<PathBuf>,

    /// Read the key's password from the first line of FILE instead of the terminal
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Make the new key without a password: whoever can read its file can sign
    #[arg(long, requires = "new_key", conflicts_with = "password_file")]
    no_password: bool,
}

/// Runs `host sign`.
///
/// # Errors
/// The component or the key cannot be read, the password is wrong, or a file cannot be written.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    match (&args.new_key, &args.component, &args.key) {
        (Some(path), ..) => new_key(path, args, context),
        (None, Some(component), Some(key)) => sign(component, key, args, context),
        // Clap demands a component or a new key, and a key for a component.
        _ => Err(Report::usage("nothing to sign").hint("write `host sign X.wasm --key FILE`")),
    }
}

fn sign(path: &Path, key_file: &Path, args: &Args, context: &Context) -> Result<()> {
    if path.is_dir() {
        return Err(Report::user(format!("{} is a folder; a file is signed", path.display()))
            .hint(format!("build it first: `host build {} --out X.wasm`", path.display())));
    }
    let config = context.config()?.config;
    // Who signs it vouches for it.
    let limits = config.sandbox.of_signed();
    let (component, bytes) = Strategies::new(&limits, &config.trust, context.ui)?.load_with_bytes(path)?;
    let key = open_key(key_file, args)?;
    let failed = |error: SecretKeyError| unusable(key_file, error);
    let signature = key.sign(&bytes, &comment(path, &component)).map_err(failed)?;
    let file = signature_path(path);
    files::replace(&file, &[signature.as_bytes()])
        .map_err(|error| Report::io(format!("cannot write {}", file.display()), &error))?;
    let manifest = &component.manifest;
    context.ui.say(&format!("signed {} {} with key {}", manifest.name, manifest.version, key.id()));
    output::print_line(&file.display().to_string())
}

/// Returns the trusted comment: what was signed, in minisign's way of names and values between tabs.
fn comment(path: &Path, component: &StrategyComponent) -> String {
    // A comment is one line, and its values stand between tabs.
    let safe = |text: &str| foreign::line(text, foreign::CELL);
    let file = safe(&path.file_name().unwrap_or_default().to_string_lossy());
    let (name, version) = (&component.manifest.name, safe(&component.manifest.version));
    let seconds = clock::unix_nanos() / Span::seconds(1).0;
    let (sha256, contract) = (&component.digest, component.contract());
    format!("timestamp:{seconds}\tfile:{file}\thashed\tstrategy:{name} {version}\tsha256:{sha256}\tcontract:{contract}")
}

fn open_key(path: &Path, args: &Args) -> Result<SecretKey> {
    let text = capped::read_to_string(path, capped::SETTINGS).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => unusable(path, SecretKeyError::NoKey),
        _ => Report::io(format!("cannot read the secret key {}", path.display()), &error)
            .hint("`host sign --new-key FILE` makes one"),
    })?;
    let password = match is_encrypted(&text).map_err(|error| unusable(path, error))? {
        true => Some(password::of_key(args.password_file.as_deref(), &path.display().to_string())?),
        false => None,
    };
    SecretKey::open(&text, password).map_err(|error| unusable(path, error))
}

fn unusable(path: &Path, error: SecretKeyError) -> Report {
    let hint = match error {
        SecretKeyError::NoKey => "`host sign --new-key FILE` makes one, and so does `minisign -G`",
        SecretKeyError::Public => "it stands in a file beside it, which `--new-key` or `minisign -G` wrote",
        SecretKeyError::WrongPassword => "try again; without its password a key is lost: make a new one, and trust it",
        SecretKeyError::Damaged => "bring it back from a backup, or make a new one, and trust it",
        SecretKeyError::NoPassword | SecretKeyError::NoRandomness => "try again",
    };
    Report::user(format!("cannot sign with {}", path.display())).because_of(&error).hint(hint)
}

fn new_key(path: &Path, args: &Args, context: &Context) -> Result<()> {
    let public_file = path.with_extension(PUBLIC_ENDING);
    if let Some(there) = [path, &public_file].into_iter().find(|file| file.symlink_metadata().is_ok()) {
        return Err(exists(there));
    }
    let password = match args.no_password {
        true => None,
        false => Some(password::new(args.password_file.as_deref())?),
    };
    let made = new_pair(password);
    let (public, secret) = made.map_err(|error| Report::new(Kind::Internal, "cannot make a key").because_of(&error))?;
    files::create_private(path, secret.as_bytes()).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => Report::io(format!("cannot write the secret key {}", path.display()), &error),
    })?;
    files::replace(&public_file, &[public.file().as_bytes()])
        .map_err(|error| Report::io(format!("cannot write the public key {}", public_file.display()), &error))?;
    context.ui.say(&format!("wrote the secret key to {}, keep it to yourself", path.display()));
    context.ui.say(&format!("wrote the public key {} to {}, give it to others", public.id(), public_file.display()));
    output::print_line(&public.to_string())
}

fn exists(path: &Path) -> Report {
    Report::user(format!("{} already exists", path.display()))
        .hint("a key is never overwritten: choose another name or folder")
}
