//! The segment: an append-only file of the data that is not in the tape yet, in frames of length, checksum and content.
//!
//! A kill leaves whole frames, perhaps followed by a part of one. Reading must never yield a frame with a wrong
//! checksum, nor hold more than one frame in memory.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::Crc;
use host_core::{Market, PublicTrades, Quotes, QuotesView, Settlement};
use host_system::capped;

use super::codec;
use super::disk::Disk;
use super::error::RecordingError;
use super::trades_codec;

/// First bytes of a segment: name and version.
const HEADER: &[u8; 16] = b"host-recording-1";
/// Bytes of a frame's length and checksum.
const FRAME_HEAD: usize = 8;
/// Longer than any frame that is written. A greater length means damage.
const MAX_FRAME: u64 = 64 * 1024 * 1024;

const POLL: u8 = 1;
const MARKETS: u8 = 2;
const SETTLED: u8 = 3;
const TRADES: u8 = 4;

/// The content of a frame.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    /// Rows of one time, which are passed separately.
    Poll,
    /// New or changed markets.
    Markets(Vec<Market>),
    /// A market's result.
    Settled(Settlement),
    /// Trades of other people, in time order.
    Trades(PublicTrades),
}

/// A buffer for the frame to be appended, reused from one frame to the next.
#[derive(Debug, Default)]
pub(super) struct FrameBytes(Vec<u8>);

impl FrameBytes {
    pub(super) fn poll(&mut self, rows: QuotesView<'_>) -> &[u8] {
        self.begin(POLL);
        codec::encode(rows, &mut self.0);
        self.end()
    }

    pub(super) fn markets(&mut self, markets: &[Market]) -> io::Result<&[u8]> {
        self.begin(MARKETS);
        serde_json::to_writer(&mut self.0, markets)?;
        Ok(self.end())
    }

    pub(super) fn settled(&mut self, settlement: &Settlement) -> io::Result<&[u8]> {
        self.begin(SETTLED);
        serde_json::to_writer(&mut self.0, settlement)?;
        Ok(self.end())
    }

    pub(super) fn trades(&mut self, trades: &PublicTrades) -> &[u8] {
        self.begin(TRADES);
        trades_codec::encode(trades, &mut self.0);
        self.end()
    }

    /// Starts with the segment's header, so that a new segment begins with a single write.
    fn begin(&mut self, kind: u8) {
        self.0.clear();
        self.0.extend_from_slice(HEADER);
        self.0.extend_from_slice(&[0; FRAME_HEAD]);
        self.0.push(kind);
    }

    fn end(&mut self) -> &[u8] {
        let (head, content) = self.0.split_at_mut(HEADER.len() + FRAME_HEAD);
        let (length, checksum) = (content.len() as u32, crc32(content));
        head[HEADER.len()..HEADER.len() + 4].copy_from_slice(&length.to_le_bytes());
        head[HEADER.len() + 4..].copy_from_slice(&checksum.to_le_bytes());
        &self.0
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Writes a segment.
#[derive(Debug)]
pub(super) struct SegmentWriter {
    path: PathBuf,
    file: Option<File>,
    /// Length of the header and all whole frames, in bytes.
    len: u64,
    /// True if a part of a frame may follow them.
    torn: bool,
}

impl SegmentWriter {
    /// Continues a segment after its first `len` bytes, which are whole frames. The rest is cut off before the next
    /// frame.
    pub(super) fn new(path: PathBuf, len: u64) -> SegmentWriter {
        SegmentWriter { path, file: None, len, torn: true }
    }

    /// Appends the content of a [`FrameBytes`]. After an error the segment is as before.
    pub(super) fn append(&mut self, disk: &Disk, bytes: &[u8]) -> Result<(), RecordingError> {
        let bytes = if self.len == 0 { bytes } else { &bytes[HEADER.len()..] };
        let result = self.try_append(disk, bytes);
        result.map_err(RecordingError::io("append to", &self.path))
    }

    fn try_append(&mut self, disk: &Disk, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::options().append(true).create(true).open(&self.path)?),
        };
        if self.torn {
            disk.cut(file, self.len)?;
        }
        self.torn = true;
        disk.write(file, bytes)?;
        (self.torn, self.len) = (false, self.len + bytes.len() as u64);
        Ok(())
    }

    /// Syncs all frames to disk.
    pub(super) fn sync(&mut self, disk: &Disk) -> Result<(), RecordingError> {
        let synced = match capped::open(&self.path) {
            Ok(file) => disk.sync(&file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        synced.map_err(RecordingError::io("sync", &self.path))
    }

    /// Cuts off everything after the whole frames.
    pub(super) fn cut(&mut self, disk: &Disk) -> Result<(), RecordingError> {
        let cut = File::options().append(true).open(&self.path).and_then(|file| disk.cut(&file, self.len));
        cut.map_err(RecordingError::io("cut the torn end of", &self.path))
    }

    /// Gives the file the name `sealed`. The next append begins a new one.
    pub(super) fn seal(&mut self, disk: &Disk, sealed: &Path) -> Result<(), RecordingError> {
        disk.rename(&self.path, sealed).map_err(RecordingError::io("rename", &self.path))?;
        self.begin_anew();
        Ok(())
    }

    /// Forgets the file, which is gone. The next append begins a new one.
    pub(super) fn begin_anew(&mut self) {
        (self.file, self.len, self.torn) = (None, 0, true);
    }
}

/// Reads a segment up to the length that it had when it was opened.
#[derive(Debug)]
pub(super) struct SegmentReader {
    path: PathBuf,
    file: BufReader<File>,
    /// Length of the file when it was opened, in bytes.
    pub(super) file_len: u64,
    at: u64,
    /// Length up to the end of the last whole frame, in bytes.
    pub(super) whole_len: u64,
    /// Frames before that end which were skipped: damaged ones, and ones that refer to a damaged one.
    pub(super) damaged_frames: u64,
    /// Damaged frames since the last whole one: a torn end if none follows.
    damaged_behind: u64,
    /// Number of known markets: those of the tape, then those of frames.
    pub(super) markets: usize,
    content: Vec<u8>,
}

impl SegmentReader {
    /// Opens the segment at `path`. Returns `None` if there is none, or not even a whole header.
    pub(super) fn open(path: &Path) -> Result<Option<SegmentReader>, RecordingError> {
        let opened = match capped::open(path) {
            Ok(file) => file.metadata().map(|meta| (file, meta.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error),
        };
        let (file, file_len) = opened.map_err(RecordingError::io("open", path))?;
        let mut reader = SegmentReader {
            path: path.to_owned(),
            file: BufReader::with_capacity(256 * 1024, file),
            file_len,
            at: HEADER.len() as u64,
            whole_len: HEADER.len() as u64,
            damaged_frames: 0,
            damaged_behind: 0,
            markets: 0,
            content: Vec::new(),
        };
        if file_len < HEADER.len() as u64 {
            return Ok(None);
        }
        let mut header = [0; HEADER.len()];
        reader.file.read_exact(&mut header).map_err(RecordingError::io("read", path))?;
        if header != *HEADER {
            let reason = "it is damaged, or another version's: it does not begin as a segment does".into();
            return Err(RecordingError::NotARecording { path: path.to_owned(), reason });
        }
        Ok(Some(reader))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the next whole frame that refers to known markets only. `rows` is set to the rows of a poll, or
    /// emptied if they are not later than `after`.
    pub(super) fn next(&mut self, after: i64, rows: &mut Quotes) -> Result<Option<Frame>, RecordingError> {
        loop {
            rows.clear();
            if !self.read_content()? {
                return Ok(None);
            }
            if !self.is_whole() {
                self.damaged_behind += 1;
                continue;
            }
            self.damaged_frames += std::mem::take(&mut self.damaged_behind);
            self.whole_len = self.at;
            match self.decode(after, rows).filter(|frame| self.fits(frame, rows)) {
                Some(Frame::Markets(markets)) => {
                    self.markets = self.markets.max(markets.last().map_or(0, |market| market.id.index() + 1));
                    return Ok(Some(Frame::Markets(markets)));
                }
                Some(frame) => return Ok(Some(frame)),
                None => self.damaged_frames += 1,
            }
        }
    }

    /// Returns true if all markets that `frame` refers to are known, which they may not be after a damaged frame.
    fn fits(&self, frame: &Frame, rows: &Quotes) -> bool {
        match frame {
            Frame::Poll => rows.market.iter().all(|&id| (id as usize) < self.markets),
            Frame::Markets(markets) => {
                let mut known = self.markets;
                markets.iter().all(|market| {
                    known += usize::from(market.id.index() == known);
                    market.id.index() < known
                })
            }
            Frame::Settled(settlement) => settlement.market.index() < self.markets,
            Frame::Trades(trades) => trades.market.iter().all(|&id| (id as usize) < self.markets),
        }
    }

    fn is_whole(&self) -> bool {
        let whole = self.content.split_first_chunk::<4>();
        whole.is_some_and(|(checksum, content)| crc32(content) == u32::from_le_bytes(*checksum))
    }

    /// Reads length, checksum and content of the next frame. Returns `false` if the file has no whole frame left.
    fn read_content(&mut self) -> Result<bool, RecordingError> {
        let left = self.file_len - self.at;
        let mut head = [0; FRAME_HEAD];
        if left < FRAME_HEAD as u64 || !self.fill(Some(&mut head))? {
            return Ok(false);
        }
        let [a, b, c, d, ..] = head;
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        // A power failure may leave zeros behind, which are not a frame.
        if length == 0 || length > MAX_FRAME || length > left - FRAME_HEAD as u64 {
            return Ok(false);
        }
        self.content.resize(length as usize + 4, 0);
        self.content[..4].copy_from_slice(&head[4..]);
        if !self.fill(None)? {
            return Ok(false);
        }
        self.at += FRAME_HEAD as u64 + length;
        Ok(true)
    }

    /// Fills `head`, or else the content. Returns `false` if the file was truncated meanwhile.
    fn fill(&mut self, head: Option<&mut [u8]>) -> Result<bool, RecordingError> {
        let into = match head {
            Some(head) => head,
            None => &mut self.content[4..],
        };
        match self.file.read_exact(into) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(RecordingError::io("read", &self.path)(error)),
        }
    }

    fn decode(&self, after: i64, rows: &mut Quotes) -> Option<Frame> {
        let (kind, body) = self.content.get(4..)?.split_first()?;
        match *kind {
            POLL if codec::time(body)? <= after => Some(Frame::Poll),
            POLL => codec::decode(body, rows).map(|()| Frame::Poll),
            MARKETS => serde_json::from_slice(body).ok().map(Frame::Markets),
            TRADES => trades_codec::decode(body).map(Frame::Trades),
            SETTLED => serde_json::from_slice(body).ok().map(Frame::Settled),
            _ => None,
        }
    }
}
