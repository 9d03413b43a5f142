//! Adds public trades to a whole tape that has none. Its quotes stay as they are; the description is replaced at the
//! end, in one step, so that a tape never has half of its trades.

use std::fs;
use std::path::Path;

use host_core::PublicTrades;
use host_system::files::{self, ScratchFolder};

use super::days::TRADES_FOLDER;
use super::meta::{FORMAT, TAPE_FILE};
use super::trades_file::trade_columns;
use super::trades_writer::TradeDays;
use super::writer::{UNNAMED, name_days};
use super::{SourceFile, Tape, TapeError};

/// Trades that are being added to a tape. Dropping it before [`TradesAddition::finish`] leaves the tape as it was.
pub(crate) struct TradesAddition {
    tape: Tape,
    folder: ScratchFolder,
    trades: TradeDays,
}

impl TradesAddition {
    /// Begins to add to `tape`.
    ///
    /// # Errors
    /// [`TapeError::Refused`] if the tape grows, is of a former release, or has trades already. [`TapeError::Io`] if it
    /// cannot be written to.
    pub(crate) fn begin(tape: Tape) -> Result<TradesAddition, TapeError> {
        let refused = |reason: &str| Err(TapeError::refused(tape.path(), reason.to_owned()));
        if tape.meta().format != FORMAT {
            return refused(
                "it is a recording, or a tape of a former release, to which no trades can be added: import its quotes \
                 and the trades together as a new tape",
            );
        }
        if !tape.meta().trade_days.is_empty() {
            return refused("it has trades already: import its quotes and all trades together as a new tape");
        }
        let path = tape.path().to_owned();
        let folder = files::scratch_folder(&path, ".trades-being-written-")
            .map_err(TapeError::io("create a folder in", &path))?;
        let unnamed = folder.path().join(UNNAMED);
        fs::create_dir_all(unnamed.join(TRADES_FOLDER)).map_err(TapeError::io("create", &path))?;
        let trades = TradeDays::new(&path, &unnamed);
        Ok(TradesAddition { tape, folder, trades })
    }

    /// Returns the tape as it is without them.
    pub(crate) fn tape(&self) -> &Tape {
        &self.tape
    }

    /// Returns a folder for temporary files on the same disk.
    pub(crate) fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// Appends trades, which must continue in time order.
    ///
    /// # Errors
    /// As [`TapeWriter::append_trades`](super::TapeWriter::append_trades).
    pub(crate) fn append(&mut self, trades: &PublicTrades) -> Result<(), TapeError> {
        self.trades.append(trades)
    }

    /// Gives the trades to the tape, with the `files` that they came from and what was assumed about them.
    ///
    /// # Errors
    /// [`TapeError::Io`], for example on a full disk.
    pub(crate) fn finish(mut self, files: Vec<SourceFile>, assumed: &[String]) -> Result<Tape, TapeError> {
        let path = self.tape.path().to_owned();
        let write = |error| TapeError::io("write", &path)(error);
        let days = self.trades.finish()?;
        let (from, to) = (self.folder.path().join(UNNAMED), self.folder.path());
        let mut meta = self.tape.meta().clone();
        meta.trade_days = name_days((&path, &from, to), days, trade_columns, self.tape.markets())?;
        if let Some(made) = &mut meta.source.made {
            made.files.extend(files);
            made.assumed
                .extend(assumed.iter().filter(|said| !made.assumed.contains(said)).cloned().collect::<Vec<_>>());
        }
        let trades = path.join(TRADES_FOLDER);
        // Left by one who was cut short: the description does not list it.
        if trades.exists() {
            fs::remove_dir_all(&trades).map_err(write)?;
        }
        files::rename(&to.join(TRADES_FOLDER), &trades).map_err(write)?;
        let text = serde_json::to_vec_pretty(&meta).map_err(|error| write(error.into()))?;
        files::replace_durably(&path.join(TAPE_FILE), &text).map_err(write)?;
        Tape::open(&path)
    }
}
