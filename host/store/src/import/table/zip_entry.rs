//! The one file of data in a zip archive, as a stream.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::Crc;
use flate2::read::DeflateDecoder;
use host_system::guard::guarded;
use zip::{CompressionMethod, ZipArchive};

use super::raw::RawFile;
use crate::import::error::ImportError;

/// Endings of names of data, without those of packing.
const DATA: [&str; 10] = ["csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet", "arrow", "feather", "ipc"];
/// Number of names that a refusal lists.
const LISTED: usize = 5;

/// A file in an archive.
struct ZipEntry {
    name: String,
    start: u64,
    packed_bytes: u64,
    bytes: u64,
    crc32: u32,
    method: CompressionMethod,
}

/// Returns the name and the content of the one file of data in the archive at `path`, and the part of the archive that
/// it is read from.
///
/// # Errors
/// The archive is damaged, has no file of data or several, or it is encrypted.
pub(super) fn open(path: &Path) -> Result<(String, impl Read + use<>, RawFile), ImportError> {
    let not = |problem: String| ImportError::NotATable { path: path.to_owned(), problem };
    let entries = guarded("the archive", || entries(path)).map_err(|error| not(error.to_string()))?;
    let entries =
        entries.map_err(|problem| not(format!("the zip archive cannot be read ({problem}): fetch it again")))?;
    let entry = pick(entries).map_err(not)?;
    let unreadable = |source| ImportError::Unreadable { path: path.to_owned(), source };
    let raw = RawFile::open_at(path, entry.start).map_err(unreadable)?;
    let content = content(&entry, &raw).map_err(|problem| not(format!("`{}` in it: {problem}", entry.name)))?;
    Ok((entry.name, content, raw))
}

fn entries(path: &Path) -> Result<Vec<ZipEntry>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(|error| error.to_string())?;
        let name = file.name().to_owned();
        if !file.is_file() || name.starts_with("__MACOSX/") || name.rsplit('/').next().is_some_and(is_hidden) {
            continue;
        }
        if file.encrypted() {
            return Err("it is encrypted".to_owned());
        }
        let start = file.data_start().ok_or("an entry has no content")?;
        let (packed_bytes, bytes, crc32, method) =
            (file.compressed_size(), file.size(), file.crc32(), file.compression());
        entries.push(ZipEntry { name, start, packed_bytes, bytes, crc32, method });
    }
    Ok(entries)
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

fn pick(mut entries: Vec<ZipEntry>) -> Result<ZipEntry, String> {
    if entries.iter().any(|entry| entry.name == "[Content_Types].xml") {
        return Err("it is a workbook or document of an office program: save the sheet as CSV".to_owned());
    }
    let names = |entries: &[ZipEntry]| {
        let names: Vec<String> = entries.iter().take(LISTED).map(|entry| format!("`{}`", entry.name)).collect();
        let more = if entries.len() > LISTED { ", …" } else { "" };
        format!("{}{more}", names.join(", "))
    };
    if entries.len() > 1 && entries.iter().filter(|entry| is_data(&entry.name)).count() > 0 {
        let all = names(&entries);
        entries.retain(|entry| is_data(&entry.name));
        if entries.len() > 1 {
            return Err(format!(
                "the zip archive has {} files of data ({all}): unpack it and name those to import",
                entries.len()
            ));
        }
    }
    match entries.len() {
        0 => Err("the zip archive has no file".to_owned()),
        1 => Ok(entries.swap_remove(0)),
        _ => {
            Err(format!("the zip archive has several files ({}): unpack it and name those to import", names(&entries)))
        }
    }
}

fn is_data(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let unpacked = [".gz", ".zst", ".bz2", ".xz"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    DATA.iter().any(|end| unpacked.rsplit_once('.').is_some_and(|(_, found)| found == *end))
}

fn content(entry: &ZipEntry, raw: &RawFile) -> Result<impl Read + use<>, String> {
    let packed = raw.clone().take(entry.packed_bytes);
    let content: Box<dyn Read> = match entry.method {
        CompressionMethod::Stored => Box::new(packed),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
        other => return Err(format!("it is packed by the method {other}, which is not known: unpack it first")),
    };
    Ok(Checked { content, crc: Crc::new(), bytes: entry.bytes, crc32: entry.crc32 })
}

/// Compares content with the length and the checksum that the archive states.
struct Checked<R> {
    content: R,
    crc: Crc,
    bytes: u64,
    crc32: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.crc.update(&buffer[..read]);
        let so_far = u64::from(self.crc.amount());
        // The checksum counts in 32 bits.
        let whole = so_far == self.bytes & u64::from(u32::MAX);
        if read == 0 && !buffer.is_empty() && (!whole || self.crc.sum() != self.crc32) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum in the archive does not match"));
        }
        Ok(read)
    }
}
