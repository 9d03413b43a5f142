//! The fields of a row as texts.

use csv::ByteRecord;

/// Returns the trimmed text of field `column`.
pub(super) fn field(record: &ByteRecord, column: usize) -> Result<&str, String> {
    let bytes = record
        .get(column)
        .ok_or_else(|| format!("it has {} fields, fewer than the header: the line is cut short", record.len()))?;
    Ok(std::str::from_utf8(bytes).map_err(|_| format!("field {} is not UTF-8", column + 1))?.trim())
}
