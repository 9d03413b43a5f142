//! A folder of files to import, and what comes of it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::{Compression, write::GzEncoder};
use host_core::{Price, Quotes};
use host_store::import::{Explained, ImportOptions, Imported, explain, import};
use host_store::tape::Tape;

/// A second of 2026-01-05, midnight.
pub const MIDNIGHT: i64 = 1_767_571_200;

/// Files of one import with its options.
pub struct Case {
    pub folder: tempfile::TempDir,
    pub options: ImportOptions,
}

impl Case {
    /// Returns a case with these `--columns`.
    pub fn new(columns: &str) -> Case {
        let columns = columns.parse().unwrap();
        Case { folder: tempfile::tempdir().unwrap(), options: ImportOptions { columns, ..ImportOptions::default() } }
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Imports `files`: the whole tape, or nothing and a message.
    pub fn import(&self, files: &[PathBuf]) -> Result<Imported, String> {
        let out = self.folder.path().join("tape");
        let result = import(files, &out, &self.options, &mut |_| {});
        let hidden = fs::read_dir(self.folder.path()).unwrap().flatten();
        let left = hidden.filter(|file| file.file_name().to_string_lossy().starts_with('.')).count();
        assert_eq!(left, 0, "no scratch is left behind");
        assert_eq!(result.is_ok(), out.exists(), "the whole tape or nothing");
        result.map_err(|error| self.message(&error))
    }

    pub fn explain(&self, files: &[PathBuf]) -> Result<Explained, String> {
        explain(files, &self.options, &mut |_| {}).map_err(|error| self.message(&error))
    }

    fn message(&self, error: &dyn std::error::Error) -> String {
        error.to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }
}

/// Formats every row as `time ticker bid ask`.
pub fn rows(tape: &Tape) -> Vec<String> {
    each(tape, |_| String::new())
}

/// Formats every row as `time ticker bid ask`, and what else it has, such as ` 150x80 last 0.39 volume 5200`.
pub fn full_rows(tape: &Tape) -> Vec<String> {
    each(tape, |quote| {
        let number = |number: Option<f64>| number.map_or("-".to_owned(), |number| number.to_string());
        let size = |quantity: Option<host_core::Qty>| number(quantity.map(host_core::Qty::as_contracts));
        let last = quote.last.map_or("-".to_owned(), |price| price.to_string());
        format!(" {}x{} last {last} volume {}", size(quote.bid_size), size(quote.ask_size), size(quote.volume))
    })
}

fn each(tape: &Tape, rest: impl Fn(&host_core::Quote) -> String) -> Vec<String> {
    let (mut reader, mut batch, mut rows) = (tape.reader(), Quotes::default(), Vec::new());
    let show = |price: Option<Price>| price.map_or("-".into(), |price| price.to_string());
    while reader.next_batch(&mut batch).unwrap() {
        for quote in (0..batch.len()).map(|row| batch.all().row(row)) {
            let ticker = &tape.markets()[quote.market.index()].ticker;
            let (bid, ask) = (show(quote.bid), show(quote.ask));
            rows.push(format!("{} {ticker} {bid} {ask}{}", quote.time, rest(&quote)));
        }
    }
    rows
}

pub fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_ref()).unwrap();
    encoder.finish().unwrap()
}
