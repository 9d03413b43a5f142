//! The tables, indexes and triggers that a file may have.

use rusqlite::{Connection, ErrorCode, ffi};

use super::words::{Word, words};

/// Words before a bracket that are no call of a function. Brackets of generated columns and of computed defaults stand
/// after other words.
const BEFORE_BRACKETS: [&str; 8] = ["check", "key", "unique", "in", "and", "or", "not", "where"];
/// Operators that are functions.
const MATCHERS: [&str; 4] = ["like", "glob", "regexp", "match"];

/// The tables, views and triggers that this host makes in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema<'a> {
    scripts: &'a [&'a str],
}

impl<'a> Schema<'a> {
    /// Returns the schema that `scripts` make.
    pub(crate) const fn of(scripts: &'a [&'a str]) -> Schema<'a> {
        Schema { scripts }
    }

    /// Checks that to read and to write the tables of the file runs nothing but this host's own code: its tables and
    /// indexes are plain, none of the host's tables is a view, and all triggers are the host's. Other tables and views
    /// are never looked at.
    ///
    /// # Errors
    /// As of a damaged file, with the reason; or any error of reading it.
    pub(crate) fn check(self, connection: &Connection) -> rusqlite::Result<()> {
        let own: Vec<Word> = self.scripts.iter().flat_map(|script| made(&words(script))).collect();
        let mut select = connection.prepare("SELECT sql FROM sqlite_schema WHERE sql <> ''")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let entry = made(&words(&row.get::<_, String>(0)?));
            if let Some(reason) = refused(&entry, &own) {
                return Err(damaged(reason));
            }
        }
        Ok(())
    }
}

fn damaged(reason: String) -> rusqlite::Error {
    let code = ffi::Error { code: ErrorCode::DatabaseCorrupt, extended_code: ffi::SQLITE_CORRUPT };
    rusqlite::Error::SqliteFailure(code, Some(reason))
}

/// Returns `words` as SQLite keeps them: without `IF NOT EXISTS`.
fn made(words: &[Word]) -> Vec<Word> {
    let is_condition = |at: usize| {
        words.get(at..at + 3).is_some_and(|three| three[0].is("if") && three[1].is("not") && three[2].is("exists"))
    };
    let is_kept = |at: usize| !(at.saturating_sub(2)..=at).any(is_condition);
    words.iter().enumerate().filter(|(at, _)| is_kept(*at)).map(|(_, word)| word.clone()).collect()
}

/// Returns why the file's `entry` is refused, if it is, where the host's scripts are `own`.
fn refused(entry: &[Word], own: &[Word]) -> Option<String> {
    let is = |at: usize, name: &str| entry.get(at).is_some_and(|word| word.is(name));
    let kind_at = if is(1, "unique") { 2 } else { 1 };
    let Some(Word::Name(name)) = entry.get(kind_at + 1) else { return Some(unknown("an entry")) };
    if !is(0, "create") {
        return Some(unknown("an entry"));
    }
    let begins =
        |kind: &str| own.windows(3).any(|three| three[0].is("create") && three[1].is(kind) && three[2].is(name));
    if is(kind_at, "view") {
        return begins("table").then(|| format!("`{name}` is a view, and not a table"));
    }
    if is(kind_at, "trigger") {
        let is_own = own.windows(entry.len()).any(|words| words == entry);
        return (!is_own).then(|| unknown(&format!("the trigger `{name}`")));
    }
    if is(kind_at, "table") || is(kind_at, "index") {
        return (!is_plain(entry)).then(|| format!("`{name}` computes values, which no table of this host does"));
    }
    Some(unknown("an entry"))
}

fn unknown(what: &str) -> String {
    format!("{what} of its schema was not made by this host")
}

/// Returns true if the table or the index calls no function: neither to read it, nor to write or to check it.
fn is_plain(entry: &[Word]) -> bool {
    // The first brackets stand after the name of the table.
    let first = entry.iter().position(|word| *word == Word::Sign('('));
    let calls = entry.windows(2).enumerate().any(|(at, pair)| match pair {
        [Word::Name(name), Word::Sign('(')] => Some(at + 1) != first && !BEFORE_BRACKETS.contains(&name.as_str()),
        _ => false,
    });
    first.is_some() && !calls && !MATCHERS.iter().any(|matcher| entry.iter().any(|word| word.is(matcher)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Schema<'static> = Schema::of(&[
        "-- Own.\nCREATE TABLE IF NOT EXISTS run (a INTEGER PRIMARY KEY, b TEXT CHECK ((b IS NULL) = (a IN (1, 2))));",
        "CREATE INDEX IF NOT EXISTS run_by_b ON run (b ->> 'x') WHERE b IS NOT NULL;
         CREATE TRIGGER IF NOT EXISTS kept BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'no'); END;
         CREATE VIEW lines AS SELECT upper(b) FROM run;",
    ]);

    fn checked(sql: &str) -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        OWN.check(&connection).map_or_else(|error| error.to_string(), |()| "accepted".to_owned())
    }

    #[test]
    fn only_what_runs_no_foreign_code_is_accepted() {
        assert_eq!(checked(&OWN.scripts.concat()), "accepted");
        assert_eq!(
            checked("CREATE TABLE run (a, b); ALTER TABLE run ADD COLUMN c TEXT NOT NULL DEFAULT ''"),
            "accepted"
        );
        // What a person or a later host added is never looked at.
        assert_eq!(checked("CREATE TABLE other (a UNIQUE); CREATE VIEW mine AS SELECT a FROM other"), "accepted");
        for view in ["run", "RUN", "\"run\"", "[run]", "IF NOT EXISTS run", "/* x */ 'run'"] {
            let sql = format!("CREATE VIEW {view} AS SELECT 1 AS a");
            assert_eq!(checked(&sql), "`run` is a view, and not a table");
        }
        for table in [
            "CREATE TABLE run (a, b AS (printf('%.*c', 900000000, 'x')))",
            "CREATE TABLE run (a, b GENERATED ALWAYS AS (a + 1) STORED)",
            "CREATE TABLE run (a, b DEFAULT (a_b))",
            "CREATE TABLE run (a, b CHECK (length(b) > 1))",
            "CREATE TABLE run (a, b CHECK (\"length\"(b) > 1))",
            "CREATE TABLE run (a, b CHECK (b LIKE '%a%'))",
            "CREATE TABLE run (a, b); CREATE INDEX run_by_b ON run (upper(b))",
            "CREATE TABLE run (a, b); CREATE INDEX run_by_b ON run (b) WHERE length /* ( */ (b) > 1",
        ] {
            let said = checked(&table.replace("a_b", "1 + 1"));
            assert!(said.ends_with("computes values, which no table of this host does"), "{table}: {said}");
        }
        assert_eq!(
            checked("CREATE TABLE run (a); CREATE TRIGGER kept BEFORE DELETE ON run BEGIN SELECT 1; END"),
            "the trigger `kept` of its schema was not made by this host"
        );
    }
}
