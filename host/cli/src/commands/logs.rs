//! `host logs`: prints the log files of a live account.

use std::time::Duration;

use host_core::{Span, Timestamp};
use host_live::notice::NoticeCode;
use host_monitor::logs::{Damage, LogFolder, LogKind, LogLevel, LogLine, LogReader, OWN_CODES};
use host_store::suggest::did_you_mean;
use host_system::clock::unix_nanos;

use super::account::account_dir;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::units::parse_time;

/// Interval between looks for new lines.
const LOOK: Duration = Duration::from_millis(250);

/// The headings of the CSV.
const HEADINGS: [&str; 11] =
    ["time", "level", "code", "text", "slot", "strategy", "market", "order", "times", "account", "run"];

/// Print the log of a live account: what the host told, and what strategies wrote
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host logs --since 2h
  host logs alex --follow --level warning
  host logs --code order_filled --code trade_closed --format csv
  host logs --strategy mean-reversion --since 2026-01-31")]
pub struct Args {
    /// Account whose log to print [default: live.account]
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,

    /// Go on with lines as they are written, until Ctrl-C
    #[arg(short, long)]
    follow: bool,

    /// Print lines from this time on: a span before now such as 2h, a date, or a time
    #[arg(long, value_name = "SPAN|TIME", value_parser = parse_since)]
    since: Option<Since>,

    /// Print only lines of this code (repeatable); host/docs/monitoring.md lists them
    #[arg(long, value_name = "CODE", value_parser = parse_code)]
    code: Vec<String>,

    /// Print only lines of this level or above: debug, info, warning, error, alert
    #[arg(long, value_name = "LEVEL", value_parser = parse_level)]
    level: Option<LogLevel>,

    /// Print what is about the strategy in this slot, with what the strategy itself wrote
    #[arg(long, value_name = "SLOT")]
    strategy: Option<String>,

    /// Output format; JSON has one object a line
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The begin of what is printed.
#[derive(Clone, Copy, Debug)]
enum Since {
    /// A span before now.
    Before(Span),
    /// A time by the clock that the host trades by.
    At(Timestamp),
}

impl Since {
    /// Returns the begin as it stands in the lines of `folder`.
    fn in_lines(self, folder: &LogFolder) -> String {
        match self {
            Since::Before(span) => folder.time_before(span, Timestamp(unix_nanos())),
            Since::At(time) => time,
        }
        .to_string()
    }
}

fn parse_since(text: &str) -> std::result::Result<Since, String> {
    match text.parse::<Span>() {
        Ok(span) => Ok(Since::Before(span)),
        Err(_) => parse_time(text).map(Since::At).map_err(|error| format!("{error}, or a span before now such as 2h")),
    }
}

fn parse_code(text: &str) -> std::result::Result<String, String> {
    let all = || NoticeCode::ALL.iter().map(|code| code.as_str()).chain(OWN_CODES.map(|(code, _)| code));
    if all().any(|code| code == text) {
        return Ok(text.to_owned());
    }
    let guess = did_you_mean(text, all()).unwrap_or_else(|| "such as order_filled or venue_down".to_owned());
    Err(format!("no line has this code: {guess}"))
}

fn parse_level(text: &str) -> std::result::Result<LogLevel, String> {
    let found = LogLevel::ALL.into_iter().find(|level| level.as_str() == text);
    found.ok_or_else(|| format!("write one of {}", LogLevel::ALL.map(LogLevel::as_str).join(", ")))
}

/// Runs `host logs`.
///
/// # Errors
/// The account has no log.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let account = account_dir(&config, args.account.as_deref())?;
    let folder = LogFolder::of(&config.logs, &account);
    if !folder.path().is_dir() && !args.follow {
        let missing = format!("there is no log in {}", folder.path().display());
        return Err(Report::user(missing).hint(
            "a live host writes one; check live.account, live.folder and logs.folder: `host config show` prints them",
        ));
    }
    let kinds: &[LogKind] =
        if args.strategy.is_some() { &[LogKind::Host, LogKind::Strategies] } else { &[LogKind::Host] };
    let since = args.since.map(|since| since.in_lines(&folder));
    let mut reader = LogReader::all(&folder, kinds);
    print_heading(args.format)?;
    let (mut is_any, mut range) = (false, None);
    loop {
        for line in reader.by_ref() {
            if since.as_ref().is_none_or(|since| line.time >= *since) && args.wants(&line) {
                print_one(&line, args.format)?;
                is_any = true;
            }
            widen(&mut range, line.time);
        }
        if !args.follow {
            break;
        }
        std::thread::sleep(LOOK);
    }
    if !is_any {
        let range = range.map(|(first, last)| format!("; it goes from {} to {}", seconds(&first), seconds(&last)));
        context.ui.say(&format!("no line of the log is asked for{}", range.unwrap_or_default()));
    }
    tell_damage(&reader.damage(), context);
    Ok(())
}

/// Widens the `range` of times to `time`: lines need not be in the order of time, since clocks are set.
fn widen(range: &mut Option<(String, String)>, time: String) {
    match range {
        None => *range = Some((time.clone(), time)),
        Some((first, _)) if time < *first => *first = time,
        Some((_, last)) if time > *last => *last = time,
        Some(_) => {}
    }
}

/// Returns a time as people read it.
fn seconds(time: &str) -> String {
    time.get(..19).unwrap_or(time).replace('T', " ")
}

fn tell_damage(damage: &Damage, context: &Context) {
    damage.files.iter().for_each(|file| context.ui.say(&format!("warning: not read to its end: {file}")));
    match damage.lines {
        0 => {}
        1 => context.ui.say("warning: 1 damaged line was passed over"),
        some => context.ui.say(&format!("warning: {some} damaged lines were passed over")),
    }
}

impl Args {
    fn wants(&self, line: &LogLine) -> bool {
        (self.code.is_empty() || self.code.contains(&line.code))
            && self.level.is_none_or(|least| line.level >= least)
            && self.strategy.as_deref().is_none_or(|name| line.is_of(name))
    }
}

fn print_heading(format: Format) -> Result<()> {
    if format == Format::Csv { output::print_csv(Rows::new(&HEADINGS).csv()) } else { Ok(()) }
}

fn print_one(line: &LogLine, format: Format) -> Result<()> {
    match format {
        Format::Table => output::print_line(&for_people(line)),
        Format::Json => output::print_json_line(line),
        Format::Csv => {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
            output::print_csv(output::csv_line(&[
                line.time.clone(),
                line.level.to_string(),
                line.code.clone(),
                line.text.clone(),
                text(&line.slot),
                text(&line.strategy),
                text(&line.market),
                number(line.order),
                number(line.times.map(u64::from)),
                line.account.clone(),
                line.run.clone(),
            ]))
        }
    }
}

/// Returns `line` for people: time, level unless it is `info`, code, writer, text.
fn for_people(line: &LogLine) -> String {
    let time = seconds(&line.time);
    let level = match line.level {
        LogLevel::Info => String::new(),
        level => level.as_str().to_uppercase() + " ",
    };
    let who = line.strategy.as_ref().or(line.source.as_ref()).map_or_else(String::new, |who| format!("{who}: "));
    let times = line.times.map_or_else(String::new, |times| format!(" ({times} times)"));
    format!("{time} {level}{} {who}{}{times}", line.code, line.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_known_or_guessed() {
        assert_eq!(parse_code("venue_down").as_deref(), Ok("venue_down"));
        assert_eq!(parse_code("strategy_log").as_deref(), Ok("strategy_log"));
        let said = parse_code("venue_donw").unwrap_err();
        assert_eq!(said, "no line has this code: did you mean `venue_down`?");
        assert_eq!(parse_code("zzz").unwrap_err(), "no line has this code: such as order_filled or venue_down");
    }

    #[test]
    fn the_range_of_a_log_is_told_whatever_order_clocks_gave_it() {
        let mut range = None;
        for time in ["2026-01-02T", "2026-01-01T", "2026-01-03T", "2026-01-02T"] {
            widen(&mut range, time.to_owned());
        }
        assert_eq!(range, Some(("2026-01-01T".to_owned(), "2026-01-03T".to_owned())));
    }

    #[test]
    fn a_line_for_people_says_who_and_how_often() {
        let line = LogLine {
            time: "2026-01-31T12:00:00.123Z".to_owned(),
            level: LogLevel::Warning,
            code: "reads_repeated".to_owned(),
            text: "odd".to_owned(),
            times: Some(3),
            ..LogLine::default()
        };
        assert_eq!(for_people(&line), "2026-01-31 12:00:00 WARNING reads_repeated odd (3 times)");
    }
}
