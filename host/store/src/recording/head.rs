//! All that a writer has to know of the finished days: `open.json`, which stays small while the recording grows.
//!
//! It is derived from `additions.jsonl`, and written after it. One that is behind is brought up to date from the lines
//! that it lacks; one that is gone, unreadable or of other lines is made anew from all of them.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::Crc;
use host_core::{Span, Timestamp};
use host_system::capped;
use serde::{Deserialize, Serialize};

use super::catalogue::Catalogue;
use super::disk::{Disk, SCRATCH};
use super::error::RecordingError;
use crate::tape::{
    ADDITIONS_FILE, Addition, Additions, DayFile, FORMER_GROWING, GROWING, Tape, TapeError, TapeMeta, TapeSource,
    read_base,
};

const HEAD_FILE: &str = "open.json";
/// Version of the file's format.
const FORMAT: u32 = 1;
/// Number of bytes at the end of the lines by which a head is known to be of them.
const END: u64 = 4_096;
/// The time for which markets that are over, and days, are kept unless a host asks for more.
const KEEP: Span = Span::days(2);

/// The finished days, as far as a writer has to know them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Head {
    format: u32,
    lines: Lines,
    pub(super) source: TapeSource,
    pub(super) poll: Option<Span>,
    /// The time for which markets that are over, and days, are kept in here.
    pub(super) keep: Span,
    /// The first day of which all files are in `days`.
    from_day: i64,
    pub(super) days: Vec<DayFile>,
    /// Files of the same days with trades.
    #[serde(default)]
    pub(super) trade_days: Vec<DayFile>,
    /// Time of the last trade.
    #[serde(default)]
    pub(super) last_trade: Option<Timestamp>,
    /// Number of the files of all days.
    pub(super) files: u64,
    /// Markets that are not over.
    pub(super) catalogue: Catalogue,
}

/// The lines that a head, or a table, is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lines {
    pub(super) bytes: u64,
    /// Checksum of the last of those bytes.
    end: u32,
}

/// A head, and how it was found.
pub(super) struct FoundHead {
    pub(super) head: Head,
    /// True if the file on disk is the head.
    pub(super) is_on_disk: bool,
}

impl Head {
    /// Reads the head of the recording in `folder`. Changes nothing. What it costs does not grow with the recording,
    /// unless the file is gone.
    pub(super) fn load(folder: &Path) -> Result<FoundHead, RecordingError> {
        let kept = match read_base(folder)?.format {
            GROWING | FORMER_GROWING => Head::read(folder)?,
            _ => None,
        };
        let Some(mut head) = kept else {
            let head = Head::whole(folder, KEEP)?;
            return Ok(FoundHead { head, is_on_disk: false });
        };
        let mut additions = Additions::open(folder, head.lines.bytes)?;
        let before = additions.at;
        while let Some(addition) = additions.next()? {
            head.note(&addition);
        }
        let is_on_disk = additions.at == before;
        if !is_on_disk {
            head.lines = Lines::of(folder, additions.at)?;
        }
        Ok(FoundHead { head, is_on_disk })
    }

    /// Makes the head from everything that there is.
    pub(super) fn whole(folder: &Path, keep: Span) -> Result<Head, RecordingError> {
        // Before the lines: those that are added meanwhile are read again.
        let bytes = whole_lines(folder)?;
        let tape = Tape::open(folder)?;
        let TapeMeta { source, poll, days, trade_days, .. } = tape.meta().clone();
        let last_trade = last_trade(folder)?;
        let lines = Lines::of(folder, bytes)?;
        let (files, catalogue) = (days.len() as u64, Catalogue::of(&tape));
        let mut head = Head {
            format: FORMAT,
            lines,
            source,
            poll,
            keep,
            from_day: i64::MIN,
            days,
            trade_days,
            last_trade,
            files,
            catalogue,
        };
        head.forget();
        Ok(head)
    }

    /// Returns the file's content; `None` if it is gone, or of no use.
    fn read(folder: &Path) -> Result<Option<Head>, RecordingError> {
        let path = folder.join(HEAD_FILE);
        let text = match capped::read(&path, capped::RESULTS) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(RecordingError::io("read", &path))?,
        };
        let Ok(mut head) = serde_json::from_slice::<Head>(&text) else { return Ok(None) };
        let path = folder.join(ADDITIONS_FILE);
        let bytes = fs::metadata(&path).map_or(0, |meta| meta.len());
        if bytes < head.lines.bytes {
            let reason = format!(
                "it has {bytes} bytes, but `{HEAD_FILE}` beside it is of {}: recorded days are no longer listed; \
                 bring back the file, or the whole folder from a backup",
                head.lines.bytes
            );
            return Err(TapeError::BadDescription { path, reason }.into());
        }
        head.catalogue = head.catalogue.with_numbers();
        let is_of_these = head.format == FORMAT && Lines::of(folder, head.lines.bytes)? == head.lines;
        Ok(is_of_these.then_some(head))
    }

    /// Returns true if all files of the day of `time`, and of the days since, are in here.
    pub(super) fn reaches(&self, time: Timestamp) -> bool {
        self.from_day <= time.day()
    }

    /// Adds `addition` to the lines, on disk, and then to the head. All renames in the folder are then on disk as well.
    pub(super) fn add(&mut self, disk: &Disk, folder: &Path, addition: &Addition) -> Result<(), RecordingError> {
        let path = folder.join(ADDITIONS_FILE);
        let added = addition.line().and_then(|line| {
            let mut file = File::options().append(true).open(&path)?;
            // What a killed writer left, or a full disk, is no line.
            disk.cut(&file, self.lines.bytes)?;
            disk.write(&mut file, &line)?;
            disk.sync(&file)?;
            disk.sync_folder(folder)?;
            Ok(line.len() as u64)
        });
        let bytes = self.lines.bytes + added.map_err(RecordingError::io("write", &path))?;
        self.note(addition);
        self.lines = Lines::of(folder, bytes)?;
        self.save(disk, folder)
    }

    /// Writes the file.
    pub(super) fn save(&self, disk: &Disk, folder: &Path) -> Result<(), RecordingError> {
        let path = folder.join(HEAD_FILE);
        let bytes = serde_json::to_vec(self).map_err(io::Error::from);
        let scratch = folder.join(format!("{HEAD_FILE}{SCRATCH}"));
        bytes.and_then(|bytes| disk.replace(&scratch, &path, &bytes)).map_err(RecordingError::io("write", &path))
    }

    fn note(&mut self, addition: &Addition) {
        let Addition { tape, markets, last_trade } = addition;
        (self.source, self.poll) = (tape.source.clone(), tape.poll);
        self.catalogue.note_markets(markets);
        for settlement in &tape.settlements {
            self.catalogue.note_settled(*settlement);
        }
        for life in &tape.coverage {
            self.catalogue.note_last_row(life.market, life.last);
        }
        if tape.rows > 0 {
            self.catalogue.note_last(tape.last);
        }
        self.days.extend(tape.days.iter().cloned());
        self.trade_days.extend(tape.trade_days.iter().cloned());
        self.last_trade = self.last_trade.max(*last_trade);
        self.files += tape.days.len() as u64;
        self.forget();
    }

    /// Forgets what is longer ago than a host has to know.
    fn forget(&mut self) {
        self.catalogue.forget(self.keep);
        let last = self.catalogue.last();
        if last != i64::MIN {
            self.from_day = self.from_day.max(Timestamp(last.saturating_sub(self.keep.0)).day());
            self.days.retain(|file| file.day >= self.from_day);
            self.trade_days.retain(|file| file.day >= self.from_day);
        }
    }
}

impl Lines {
    /// Returns what stands for the first `bytes` bytes of the lines in `folder`.
    pub(super) fn of(folder: &Path, bytes: u64) -> Result<Lines, RecordingError> {
        let path = folder.join(ADDITIONS_FILE);
        let length = bytes.min(END);
        if length == 0 {
            return Ok(Lines { bytes, end: 0 });
        }
        let mut end = Vec::new();
        let read = capped::open(&path).and_then(|mut file| {
            file.seek(SeekFrom::Start(bytes - length))?;
            file.take(length).read_to_end(&mut end)
        });
        read.map_err(RecordingError::io("read", &path))?;
        let mut crc = Crc::new();
        crc.update(&end);
        Ok(Lines { bytes, end: crc.sum() })
    }
}

/// Returns the time of the last trade that the lines in `folder` tell of.
fn last_trade(folder: &Path) -> Result<Option<Timestamp>, RecordingError> {
    if !folder.join(ADDITIONS_FILE).exists() {
        return Ok(None);
    }
    let (mut additions, mut last) = (Additions::open(folder, 0)?, None);
    while let Some(addition) = additions.next()? {
        last = last.max(addition.last_trade);
    }
    Ok(last)
}

/// Returns the length of the whole lines in `folder`, in bytes; 0 without the file.
fn whole_lines(folder: &Path) -> Result<u64, RecordingError> {
    let path = folder.join(ADDITIONS_FILE);
    match capped::read(&path, capped::RESULTS) {
        Ok(bytes) => Ok(bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end as u64 + 1)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(RecordingError::io("read", &path)(error)),
    }
}
