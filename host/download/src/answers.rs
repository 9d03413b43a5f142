//! The venue's answers as files: one a request, under a name that only a whole file gets.
//!
//! A file is one line of JSON that says what it is, and the packed body. A damaged one counts as missing, so that the
//! answer is asked for again.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use host_core::Timestamp;
use host_system::files;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::DownloadError;

const ENDING: &str = "answer.zst";
/// Level of the packing: the fastest that packs well.
const LEVEL: i32 = 3;
/// Longest first line of a file: the names of a hundred markets, twice.
const LONGEST_HEADER: u64 = 64 << 10;

/// The part of the past that an answer has entirely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Covers {
    pub(crate) kind: CoveredKind,
    /// Markets that the answer has.
    pub(crate) tickers: Vec<String>,
    /// First and last second, or ends of the first and the last period.
    pub(crate) first_s: i64,
    pub(crate) last_s: i64,
    /// False for a page of a list that goes on.
    pub(crate) is_last: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CoveredKind {
    Candles,
    Trades,
}

/// The first line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnswerHeader {
    /// Number of the job that asked.
    pub(crate) job: u32,
    /// Path and query of the request.
    pub(crate) request: String,
    /// Status of the answer: 200 or 404.
    pub(crate) status: u16,
    /// The venue's time when the job began.
    pub(crate) asked: Timestamp,
    /// Bytes of the body.
    pub(crate) bytes: u64,
    /// Digest of the body.
    pub(crate) sha256: String,
    pub(crate) covers: Option<Covers>,
}

/// The folder of answers.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    folder: PathBuf,
}

impl Answers {
    pub(crate) fn open(folder: &Path) -> Result<Answers, DownloadError> {
        fs::create_dir_all(folder).map_err(DownloadError::io("create", folder))?;
        Ok(Answers { folder: folder.to_owned() })
    }

    fn path(&self, job: u32, request: &str) -> PathBuf {
        let digest = hex(request.as_bytes());
        self.folder.join(format!("{job:04}-{}.{ENDING}", &digest[..32]))
    }

    /// Returns the header and the body of the answer to `request`, if it was kept whole.
    pub(crate) fn get(&self, job: u32, request: &str) -> Result<Option<(AnswerHeader, Vec<u8>)>, DownloadError> {
        let path = self.path(job, request);
        match read(&path) {
            Ok((header, body)) if header.request == request && hex(&body) == header.sha256 => Ok(Some((header, body))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(DownloadError::io("read", &path)(error))
            }
            Ok(_) | Err(_) => {
                files::remove_if_present(&path).map_err(DownloadError::io("remove the damaged", &path))?;
                Ok(None)
            }
        }
    }

    /// Keeps an answer. `header` needs neither size nor digest.
    pub(crate) fn keep(&self, header: AnswerHeader, body: &[u8]) -> Result<(), DownloadError> {
        let path = self.path(header.job, &header.request);
        let header = AnswerHeader { bytes: body.len() as u64, sha256: hex(body), ..header };
        let write = || {
            let line = serde_json::to_vec(&header)?;
            files::replace(&path, &[&line, b"\n", &zstd::encode_all(body, LEVEL)?])
        };
        write().map_err(DownloadError::io("write", &path))
    }

    /// Removes what former jobs than `job` were told of anything but the past, such as their lists of markets.
    pub(crate) fn prune(&self, job: u32) -> Result<(), DownloadError> {
        for header in self.headers()?.iter().filter(|header| header.job < job && header.covers.is_none()) {
            let path = self.path(header.job, &header.request);
            files::remove_if_present(&path).map_err(DownloadError::io("remove", &path))?;
        }
        Ok(())
    }

    /// Returns the headers of all answers, by job and request.
    pub(crate) fn headers(&self) -> Result<Vec<AnswerHeader>, DownloadError> {
        let failed = || DownloadError::io("read", &self.folder);
        let mut headers = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed())? {
            let path = entry.map_err(failed())?.path();
            let is_answer = path.to_str().is_some_and(|path| path.ends_with(ENDING));
            // A damaged one is found out where it is used.
            if is_answer && let Ok(header) = fs::File::open(&path).and_then(|file| header(&mut BufReader::new(file))) {
                headers.push(header);
            }
        }
        headers.sort_by(|a: &AnswerHeader, b| (a.job, &a.request).cmp(&(b.job, &b.request)));
        Ok(headers)
    }
}

fn header(file: &mut impl BufRead) -> io::Result<AnswerHeader> {
    let mut line = Vec::new();
    file.take(LONGEST_HEADER).read_until(b'\n', &mut line)?;
    Ok(serde_json::from_slice(&line)?)
}

fn read(path: &Path) -> io::Result<(AnswerHeader, Vec<u8>)> {
    let mut file = BufReader::new(fs::File::open(path)?);
    let header = header(&mut file)?;
    let mut body = Vec::new();
    // A body cannot be larger than it says, whatever it was packed from.
    zstd::Decoder::with_buffer(file)?.take(header.bytes.saturating_add(1)).read_to_end(&mut body)?;
    Ok((header, body))
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
