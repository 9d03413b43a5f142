//! The folder beside a tape that has what the tape is made of: `TAPE.download`.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use host_store::tape::Tape;
use host_system::files;

use crate::answers::Answers;
use crate::error::DownloadError;
use crate::job::Job;

/// Appended to the tape's name.
const SUFFIX: &str = ".download";
const PLAN: &str = "plan.json";
const LOCK: &str = "lock";
const ANSWERS: &str = "answers";
/// The tape that is being made, and the one that it takes the place of.
const NEXT: &str = "next-tape";
const FORMER: &str = "former-tape";

/// The folder, open for one process alone.
#[derive(Debug)]
pub(crate) struct DownloadFolder {
    tape: PathBuf,
    folder: PathBuf,
    pub(crate) answers: Answers,
    /// Held while this lives; the system releases it however the process ends.
    _lock: File,
}

impl DownloadFolder {
    /// Opens or makes the folder of `tape`.
    pub(crate) fn open(tape: &Path) -> Result<DownloadFolder, DownloadError> {
        let folder = folder_of(tape);
        if tape.exists() && !folder.join(PLAN).exists() {
            return Err(DownloadError::NotDownloaded { path: tape.to_owned(), folder });
        }
        fs::create_dir_all(&folder).map_err(DownloadError::io("create", &folder))?;
        let path = folder.join(LOCK);
        let lock = File::create(&path).map_err(DownloadError::io("create", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DownloadError::Busy { path: tape.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(DownloadError::io("lock", &path)(error)),
        }
        let answers = Answers::open(&folder.join(ANSWERS))?;
        let opened = DownloadFolder { tape: tape.to_owned(), folder, answers, _lock: lock };
        opened.recover()?;
        Ok(opened)
    }

    /// Takes back the former tape, if a process ended between putting it aside and giving its name to the next one.
    fn recover(&self) -> Result<(), DownloadError> {
        let former = self.folder.join(FORMER);
        match (former.exists(), self.tape.exists()) {
            (true, false) => files::rename(&former, &self.tape).map_err(DownloadError::io("restore", &self.tape)),
            (true, true) => remove(&former),
            (false, _) => Ok(()),
        }
    }

    /// Returns the plan that is kept in the folder of `tape`, if there is one.
    pub(crate) fn plan_of(tape: &Path) -> Result<Option<Job>, DownloadError> {
        Job::read(&folder_of(tape).join(PLAN))
    }

    pub(crate) fn write_plan(&self, job: &Job) -> Result<(), DownloadError> {
        job.write(&self.folder.join(PLAN))
    }

    /// Removes the folder, in which nothing was begun. What cannot be removed does no harm.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_dir_all(&self.folder);
    }

    /// Returns the path at which the next tape is to be made; nothing is there.
    pub(crate) fn next_tape(&self) -> Result<PathBuf, DownloadError> {
        let path = self.folder.join(NEXT);
        remove(&path)?;
        Ok(path)
    }

    /// Gives the tape that was made its name, in place of the former one.
    pub(crate) fn install(&self) -> Result<Tape, DownloadError> {
        let (next, former) = (self.folder.join(NEXT), self.folder.join(FORMER));
        let failed = || DownloadError::io("replace", &self.tape);
        if self.tape.exists() {
            files::rename(&self.tape, &former).map_err(failed())?;
        }
        files::rename(&next, &self.tape).map_err(failed())?;
        remove(&former)?;
        Ok(Tape::open(&self.tape)?)
    }
}

/// Returns the folder of what `tape` is made of.
pub(crate) fn folder_of(tape: &Path) -> PathBuf {
    let mut name = tape.file_name().unwrap_or_default().to_owned();
    name.push(SUFFIX);
    tape.with_file_name(name)
}

fn remove(folder: &Path) -> Result<(), DownloadError> {
    match folder.exists() {
        true => fs::remove_dir_all(folder).map_err(DownloadError::io("remove", folder)),
        false => Ok(()),
    }
}
