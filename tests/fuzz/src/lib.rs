//! Readers of bytes that others wrote, each as a function of bytes: whatever these are, it returns, true if it takes
//! them. A panic is a finding, and so is a case that takes seconds or gigabytes.
//!
//! `cargo fuzz` drives them without end (see the README beside), and `tests/cli/fuzz.rs` with a fixed number of cases.

mod answer;
#[path = "../../../host/sandbox/tests/support/mod.rs"]
mod guests;
mod state;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use host_core::{PublicTrades, Quotes, Taker, Timestamp};
use host_sandbox::trust::LockFile;
use host_sandbox::{Cache, Sandbox, SandboxLimits};
use host_store::import::{ImportOptions, import as import_files};
use host_store::info::info;
use host_store::journal::Journal;
use host_store::kept_scores;
use host_store::lines::{self as kept_lines, LINES_FILE, LinePoint};
use host_store::tape::{Listing, Tape, TapeError, TapeWriter};
use serde_json::Value;

const QUOTES: &str = "time,market,bid,ask\n\
    2026-01-05T00:00:00Z,FED-A,0.40,0.42\n2026-01-05T00:00:00Z,FED-B,,0.10\n2026-01-05T00:01:00Z,FED-A,0.41,0.43\n\
    2026-01-06T00:00:00Z,FED-B,0.05,0.07\n";
const OBJECTS: &str = r#"[{"time":1767571200,"market":"FED-A","bid":0.4,"ask":0.42,"book":{"bid_size":3}}]"#;
const MARKETS: &str = "ticker,title,category,result,closes\nFED-A,\"Cut, or not?\",Economics,yes,2026-02-01\n";
const CONFIGURATION: &str = "[risk]\nmax_daily_loss = 15\n[feed]\npoll = \"30s\"\n[live]\naccount = \"alex\"\n\
    [[trust.keys]]\nname = \"a\"\npublic_key = \"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\"\n\
    [strategy.mean-reversion]\nthreshold = 1.3\n";

const SCORES: &str = "time,market,score\n2026-01-05T00:00:00.000Z,FED-A,0.25\n2026-01-05T00:01:00.000Z,\"A,B\",-1\n";
const LOCK: &str = "version = 1\n\n[live.demo]\ncomponent = \"demo\"\nversion = \"1.0.0\"\nsha256 = \"aa\"\n\
    signer = \"unsigned\"\ncontract = \"trading:strategy@1.0.0\"\nfirst_run = \"2026-01-05T00:00:00Z\"\n\
    last_run = \"2026-01-06T00:00:00Z\"\n\n[live.demo.size_caps]\nmax_order_size = 50.0\n\n\
    [live.demo.sandbox]\nmemory_bytes = 1000\n";

/// The files of a small tape by their paths. Its days have no checksums: those would keep damage from the parsers.
static TAPE: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let folder = Folder::new();
    let quotes = folder.write("quotes.csv", QUOTES.as_bytes());
    if let Ok(imported) = import_files(&[quotes], &folder.path("imported"), &ImportOptions::default(), &mut |_| ()) {
        let _ = add_trades(&imported.tape, &folder.path("tape"));
    }
    let mut files = Vec::new();
    for part in ["", "quotes/", "trades/"] {
        for file in fs::read_dir(folder.path("tape").join(part)).into_iter().flatten().flatten() {
            let name = format!("{part}{}", file.file_name().to_string_lossy());
            files.extend(fs::read(file.path()).map(|content| (name, unchecked(content))));
        }
    }
    files
});

/// Writes the tape `to` with the quotes of `from`, and trades.
fn add_trades(from: &Tape, to: &Path) -> Result<(), TapeError> {
    let mut writer = TapeWriter::create(to)?;
    let (mut reader, mut rows) = (from.reader(), Quotes::default());
    while reader.next_batch(&mut rows)? {
        writer.append(rows.all())?;
    }
    let time = |minute: i64| from.meta().first.0 + minute * 60_000_000_000;
    writer.append_trades(&PublicTrades {
        market: vec![0, 1, 0],
        time: vec![time(0), time(1), time(2)],
        price: vec![0.41, 0.1, 0.42],
        quantity: vec![1.0, 2.5, 10.0],
        taker: vec![Taker::Buys, Taker::Unknown, Taker::Sells],
    })?;
    let (meta, markets) = (from.meta(), from.markets().to_vec());
    let (source, settlements) = (meta.source.clone(), meta.settlements.clone());
    writer.finish(Listing { markets, settlements, source, poll: None, inferred_ticks: 0 }).map(drop)
}

/// A reader, and bytes that it takes.
pub struct Target {
    pub name: &'static str,
    /// Returns true if it takes the bytes.
    pub read: fn(&[u8]) -> bool,
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All readers.
pub const TARGETS: [Target; 14] = [
    Target { name: "answer", read: answer, seeds: || vec![answer::seed()] },
    Target { name: "component", read: component, seeds: || vec![fixture("strategy-1.0.0.wasm")] },
    Target { name: "configuration", read: configuration, seeds: || vec![CONFIGURATION.into()] },
    Target { name: "import", read: import, seeds: || vec![QUOTES.into(), OBJECTS.into()] },
    Target { name: "markets", read: markets, seeds: || vec![MARKETS.into(), br#"[{"ticker":"FED-A"}]"#.to_vec()] },
    Target { name: "tape_days", read: tape_days, seeds: || seeds_of_tape("quotes/2026-01-05.parquet") },
    Target { name: "tape_description", read: tape_description, seeds: || seeds_of_tape("tape.json") },
    Target { name: "tape_markets", read: tape_markets, seeds: || seeds_of_tape("markets.json") },
    Target { name: "tape_trades", read: tape_trades, seeds: || seeds_of_tape("trades/2026-01-05.parquet") },
    Target { name: "scores", read: scores, seeds: || vec![SCORES.into()] },
    Target { name: "lines", read: lines, seeds: seeds_of_lines },
    Target { name: "lock", read: lock, seeds: || vec![LOCK.into()] },
    Target { name: "state", read: state, seeds: || vec![state::seed()] },
    Target { name: "journal", read: journal, seeds: || vec![fixture("host-0.1.0/paper.journal")] },
];

/// Audits a component: nothing of it is compiled or runs.
pub fn component(bytes: &[u8]) -> bool {
    static SANDBOX: LazyLock<Option<Sandbox>> =
        LazyLock::new(|| Sandbox::new(SandboxLimits::default(), Cache::at("no-cache")).ok());
    SANDBOX.as_ref().is_some_and(|sandbox| sandbox.audit("x.wasm", bytes).is_ok())
}

/// Takes `bytes` for a strategy's decisions.
pub fn answer(bytes: &[u8]) -> bool {
    answer::decided(bytes).is_some()
}

/// Continues an engine from its state.
pub fn state(bytes: &[u8]) -> bool {
    state::continued(bytes).is_some()
}

/// Reads `host.toml`.
pub fn configuration(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| host::config::load_text(text, &[]).is_ok())
}

/// Imports quotes.
pub fn import(bytes: &[u8]) -> bool {
    let folder = Folder::new();
    let quotes = folder.write("quotes.csv", bytes);
    import_files(&[quotes], &folder.path("tape"), &ImportOptions::default(), &mut |_| ()).is_ok()
}

/// Imports quotes with facts about their markets, as CSV or JSON.
pub fn markets(bytes: &[u8]) -> bool {
    let folder = Folder::new();
    let (quotes, facts) = (folder.write("quotes.csv", QUOTES.as_bytes()), folder.write("markets", bytes));
    let options = ImportOptions { markets: Some(facts), ..ImportOptions::default() };
    import_files(&[quotes], &folder.path("tape"), &options, &mut |_| ()).is_ok()
}

/// Reads a tape whose file of a day is `bytes`, without a checksum.
pub fn tape_days(bytes: &[u8]) -> bool {
    with_tape("quotes/2026-01-05.parquet", bytes)
}

/// Reads a tape whose file of a day's trades is `bytes`, without a checksum.
pub fn tape_trades(bytes: &[u8]) -> bool {
    with_tape("trades/2026-01-05.parquet", bytes)
}

pub fn tape_description(bytes: &[u8]) -> bool {
    with_tape("tape.json", bytes)
}

pub fn tape_markets(bytes: &[u8]) -> bool {
    with_tape("markets.json", bytes)
}

/// Reads the scores of a back test, from either kind of file.
pub fn scores(bytes: &[u8]) -> bool {
    let folder = Folder::new();
    let taken = |name| kept_scores::read(&folder.write(name, bytes), &mut |_, _, _| ()).is_ok();
    let (csv, parquet) = (taken("scores.csv"), taken("scores.parquet"));
    csv || parquet
}

/// Reads the lines that strategies drew.
pub fn lines(bytes: &[u8]) -> bool {
    let folder = Folder::new();
    folder.write(LINES_FILE, bytes);
    kept_lines::read(&folder.path("")).is_ok()
}

/// Reads `host.lock`.
pub fn lock(bytes: &[u8]) -> bool {
    let folder = Folder::new();
    folder.write("host.lock", bytes);
    LockFile::within(&folder.path("")).read().is_ok()
}

/// Reads a journal to its end.
pub fn journal(bytes: &[u8]) -> bool {
    let folder = Folder::new();
    let Ok(journal) = Journal::open(folder.write("x.journal", bytes)) else { return false };
    let described = (journal.run_info().is_ok(), journal.summary().is_ok(), journal.count_events().is_ok());
    // All are read, whatever the first ones are.
    let faults = journal.steps().take(500).filter(Result::is_err).count()
        + journal.records().take(500).filter(Result::is_err).count();
    described == (true, true, true) && faults == 0
}

fn with_tape(name: &str, bytes: &[u8]) -> bool {
    let folder = Folder::new();
    for part in ["quotes", "trades"] {
        // Without it, the reader has an error to return.
        let _ = fs::create_dir(folder.path(part));
    }
    TAPE.iter().for_each(|(name, content)| drop(folder.write(name, content)));
    folder.write(name, bytes);
    read_tape(&folder.path(""))
}

/// Returns the description of a tape with every checksum set to null, and any other file as it is.
fn unchecked(content: Vec<u8>) -> Vec<u8> {
    let Ok(mut description) = serde_json::from_slice::<Value>(&content) else { return content };
    if description.get("days").is_none() {
        return content;
    }
    for days in ["days", "trade_days"] {
        for day in description.get_mut(days).and_then(Value::as_array_mut).into_iter().flatten() {
            day["crc32"] = Value::Null;
        }
    }
    description.to_string().into_bytes()
}

fn read_tape(folder: &Path) -> bool {
    let Ok(tape) = Tape::open(folder) else { return false };
    let (mut reader, mut rows) = (tape.reader(), Quotes::default());
    let read = loop {
        match reader.next_batch(&mut rows) {
            Ok(true) => {}
            ended => break ended.is_ok(),
        }
    };
    let (mut reader, mut trades) = (tape.trades_reader(), PublicTrades::default());
    let traded = loop {
        match reader.next_batch(&mut trades) {
            Ok(true) => {}
            ended => break ended.is_ok(),
        }
    };
    let _ = (tape.open_until(), tape.digest());
    info(&tape).is_ok() && read && traded
}

fn seeds_of_tape(name: &str) -> Vec<Vec<u8>> {
    TAPE.iter().filter(|(file, _)| file == name).map(|(_, content)| content.clone()).collect()
}

fn seeds_of_lines() -> Vec<Vec<u8>> {
    let folder = Folder::new();
    let point = |at: i64| {
        let text = |name: &str| format!("{name}-{}", at % 3);
        LinePoint { time: Timestamp(at), slot: text("slot"), market: text("A"), name: text("value"), value: 0.5 }
    };
    let _ = kept_lines::write(&folder.path(""), (0..100).map(point));
    fs::read(folder.path(LINES_FILE)).into_iter().collect()
}

/// Returns a file of `tests/compat`.
fn fixture(name: &str) -> Vec<u8> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests/compat").join(name));
    beside.into_iter().find_map(|path| fs::read(path).ok()).unwrap_or_default()
}

/// A folder that removes itself.
struct Folder(Option<tempfile::TempDir>);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().ok())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.as_ref().map_or_else(PathBuf::new, |folder| folder.path().join(name))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        // Without it, the reader has an error to return.
        let _ = fs::write(&path, bytes);
        path
    }
}
