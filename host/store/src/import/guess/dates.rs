//! Finds out how times are written, and in which order rows stand.

use std::collections::HashMap;

use super::finder::NameField;
use super::sample::Sample;
use super::used_columns::UsedColumns;
use crate::import::options::ImportOptions;
use crate::import::time::{self, Direction, Moment, TimeFormat};

/// Returns the format of the times in `column`: the stated one, or the one that alone fits.
pub(super) fn format(
    sample: &Sample,
    column: usize,
    options: &ImportOptions,
    assumed: &mut Vec<String>,
) -> Result<TimeFormat, String> {
    if let Some(format) = &options.time_format {
        return Ok(format.clone());
    }
    let texts = || sample.texts(column).filter(|(_, text)| !text.is_empty());
    let unclear = texts().find_map(|(line, text)| {
        let problem = time::parse(text, &TimeFormat::Any).err()?;
        problem.contains("--date-order").then(|| format!("{problem} (line {line})"))
    });
    let Some(unclear) = unclear else {
        note_compact(&texts, assumed);
        return Ok(TimeFormat::Any);
    };
    let fits = |format: TimeFormat| texts().all(|(_, text)| time::parse(text, &format).is_ok());
    let (name, format) = match (fits(TimeFormat::Mdy), fits(TimeFormat::Dmy)) {
        (true, false) => ("month before day", TimeFormat::Mdy),
        (false, true) => ("day before month", TimeFormat::Dmy),
        _ => return Err(unclear),
    };
    assumed.push(format!("dates have the {name}: a number above 12 tells"));
    Ok(format)
}

/// Says so if times are dates without separators: they look like numbers.
fn note_compact<'a, I: Iterator<Item = (u64, &'a str)>>(texts: &impl Fn() -> I, assumed: &mut Vec<String>) {
    let is_compact = |text: &str| {
        matches!(text.len(), 8 | 12 | 14)
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && matches!(time::parse(text, &TimeFormat::Any), Ok(Moment::Local(_)))
    };
    if let Some((_, text)) = texts().find(|(_, text)| is_compact(text)) {
        assumed.push(format!("times such as `{text}` are dates, year first"));
    }
}

/// Returns the order in which the rows of most markets stand.
pub(super) fn direction(sample: &Sample, columns: &UsedColumns, format: &TimeFormat) -> Direction {
    let mut previous: HashMap<&[u8], i64> = HashMap::new();
    let (mut rises, mut falls) = (0, 0);
    for (_, row) in &sample.rows {
        let market = match &columns.market {
            Some(NameField::Column(place, _)) => row.get(*place).unwrap_or_default(),
            _ => &[],
        };
        let text = row.get(columns.time).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
        let Ok(Moment::Utc(nanos) | Moment::Local(nanos)) = time::parse(text.trim(), format) else { continue };
        if let Some(before) = previous.insert(market, nanos) {
            rises += u32::from(nanos > before);
            falls += u32::from(nanos < before);
        }
    }
    if falls > rises { Direction::NewestFirst } else { Direction::OldestFirst }
}
