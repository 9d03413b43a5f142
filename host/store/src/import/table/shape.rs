//! Finds out the format of a file from its first bytes: Parquet, Arrow, JSON, or CSV with one of the usual separators.

use std::io::{self, BufRead};
use std::path::Path;

use csv::ByteRecord;

use super::encoding;
use super::unpack::{self, damaged, peek};
use crate::csv_records::CsvRecords;
use crate::import::error::ImportError;
use crate::import::time::{self, TimeFormat};

/// Bytes of the content that are looked at.
const HEAD_BYTES: usize = 256 * 1024;
/// Records that are split to find the separator.
const TRIED_RECORDS: usize = 200;
const SEPARATORS: [(u8, &str); 4] = [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs"), (b'|', "bars")];

/// A format, with what is needed to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) enum FileShape {
    Csv(CsvShape),
    /// One JSON value in each line.
    Lines,
    Json(JsonShape),
    Parquet,
    ArrowFile,
    ArrowStream,
}

/// A CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) struct CsvShape {
    pub(in crate::import) separator: u8,
    /// Names of the columns: `1`, `2`, … if the file has none.
    pub(in crate::import) header: Vec<String>,
    /// The first line holds names.
    pub(in crate::import) has_header: bool,
    pub(in crate::import) encoding: &'static str,
}

/// A JSON file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import) enum JsonShape {
    /// Its value is a list: of rows.
    List,
    /// Its value is an object, which has a list of rows.
    Object,
}

impl FileShape {
    pub(super) fn words(&self) -> String {
        match self {
            FileShape::Csv(csv) => {
                let separator = SEPARATORS.iter().find(|(separator, _)| *separator == csv.separator);
                let separator = separator.map_or("commas", |(_, words)| words);
                let encoding = if csv.encoding == "UTF-8" { "" } else { ", UTF-16" };
                let header = if csv.has_header { "" } else { ", without a header" };
                format!("CSV separated by {separator}{encoding}{header}")
            }
            FileShape::Lines => "JSON, one value in each line".to_owned(),
            FileShape::Json(JsonShape::List) => "JSON, a list".to_owned(),
            FileShape::Json(JsonShape::Object) => "JSON, an object with a list".to_owned(),
            FileShape::Parquet => "Parquet".to_owned(),
            FileShape::ArrowFile => "Arrow file".to_owned(),
            FileShape::ArrowStream => "Arrow stream".to_owned(),
        }
    }
}

/// Returns the format of the unpacked `content` of the file at `path`.
pub(super) fn find(path: &Path, content: Box<dyn BufRead>, no_header: bool) -> Result<FileShape, ImportError> {
    let broken = |error: io::Error| damaged(path, &error);
    let not = |problem: &str| ImportError::NotATable { path: path.to_owned(), problem: problem.to_owned() };
    let (head, content) = peek(content, 512).map_err(broken)?;
    if head.is_empty() {
        return Err(ImportError::Empty { path: path.to_owned() });
    }
    match head.as_slice() {
        [b'P', b'A', b'R', b'1', ..] => return Ok(FileShape::Parquet),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => return Ok(FileShape::ArrowFile),
        [0xff, 0xff, 0xff, 0xff, ..] => return Ok(FileShape::ArrowStream),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(not("it is an old Excel workbook: save the sheet as CSV")),
        [b'%', b'P', b'D', b'F', ..] => return Err(not("it is a PDF: export the data as CSV")),
        head if head.starts_with(b"SQLite format 3") => {
            return Err(not("it is an SQLite database: export the table as CSV"));
        }
        head if head.get(257..262) == Some(b"ustar") => {
            return Err(not("it is a tar archive: unpack it and name the files in it"));
        }
        _ => {}
    }
    let (content, encoding) = encoding::decode(content).map_err(broken)?;
    let (text, is_whole) = unpack::head(content, HEAD_BYTES).map_err(broken)?;
    let start = text.trim_ascii_start();
    match start.first() {
        None => Err(ImportError::Empty { path: path.to_owned() }),
        Some(b'<') => Err(not("it is a web page or XML, not data: fetch the data itself")),
        Some(_) if start.contains(&0) => Err(not("it is neither text nor a known format: CSV, JSON, Parquet or Arrow")),
        Some(b'{' | b'[') => Ok(json(start, is_whole)),
        Some(_) => csv(&text, is_whole, encoding, no_header).map_err(|problem| not(&problem)),
    }
}

/// Tells lines of JSON from one value.
fn json(start: &[u8], is_whole: bool) -> FileShape {
    let mut values = serde_json::Deserializer::from_slice(start).into_iter::<serde::de::IgnoredAny>();
    let first = values.next().is_some_and(|value| value.is_ok());
    let rest = start.get(values.byte_offset()..).unwrap_or_default().trim_ascii_start();
    let one_value = !first || (rest.is_empty() && is_whole);
    match start.first() {
        _ if !one_value => FileShape::Lines,
        Some(b'[') => FileShape::Json(JsonShape::List),
        _ => FileShape::Json(JsonShape::Object),
    }
}

fn csv(text: &[u8], is_whole: bool, encoding: &'static str, no_header: bool) -> Result<FileShape, String> {
    // A record that the head cuts off is left out.
    let end = if is_whole { text.len() } else { text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1) };
    let text = &text[..if end == 0 { text.len() } else { end }];
    let fits = SEPARATORS.iter().map(|&(separator, _)| Ok((fit(text, separator)?, separator)));
    let fits = fits.collect::<io::Result<Vec<_>>>().map_err(|error| error.to_string())?;
    let best = fits.into_iter().filter_map(|(fit, separator)| Some((fit?, separator)));
    // Of equals the first wins, so commas before the others.
    let best = best.fold(None, |best: Option<(usize, u8)>, next| best.filter(|best| best.0 >= next.0).or(Some(next)));
    let Some((_, separator)) = best else {
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line: String = String::from_utf8_lossy(line).trim().chars().take(60).collect();
        return Err(format!(
            "it has one column only (its first line is `{line}`): columns separated by commas, semicolons, tabs or \
             bars are expected"
        ));
    };
    let first = records(text, separator).unwrap_or_default().into_iter().next().unwrap_or_default();
    let has_header = !no_header && !is_data(&first);
    let name = |(place, field): (usize, &[u8])| match has_header {
        true => String::from_utf8_lossy(field).trim().to_owned(),
        false => (place + 1).to_string(),
    };
    let mut header: Vec<String> = first.iter().enumerate().map(name).collect();
    // A separator at the end of each line makes a column without a name.
    if has_header && header.len() > 2 && header.last().is_some_and(String::is_empty) {
        header.pop();
    }
    Ok(FileShape::Csv(CsvShape { separator, header, has_header, encoding }))
}

/// Returns the number of fields of the first record, if the others mostly have as many, and at least two.
fn fit(text: &[u8], separator: u8) -> io::Result<Option<usize>> {
    let records = records(text, separator)?;
    let Some(fields) = records.first().map(ByteRecord::len) else { return Ok(None) };
    let alike = records.iter().filter(|record| record.len() == fields).count();
    Ok((fields >= 2 && alike * 2 > records.len()).then_some(fields))
}

fn records(text: &[u8], separator: u8) -> io::Result<Vec<ByteRecord>> {
    let (mut source, mut record, mut records) =
        (CsvRecords::separated_by(text, separator), ByteRecord::new(), Vec::new());
    while records.len() < TRIED_RECORDS && source.next(&mut record)? {
        records.push(record.clone());
    }
    Ok(records)
}

/// Returns true for a record that holds a time and a number, as a header never does.
fn is_data(record: &ByteRecord) -> bool {
    let texts = || record.iter().filter_map(|field| Some(std::str::from_utf8(field).ok()?.trim()));
    let number = |text: &str| text.replace(',', ".").parse::<f64>().is_ok_and(f64::is_finite);
    let formats = [TimeFormat::Any, TimeFormat::Mdy, TimeFormat::Dmy];
    let time_at = texts().position(|text| formats.iter().any(|format| time::parse(text, format).is_ok()));
    time_at.is_some_and(|at| texts().enumerate().any(|(place, text)| place != at && number(text)))
}
