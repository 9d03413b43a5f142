//! An attack, and the verdict that is expected of the host.

use crate::guests::Guest;

pub struct Attack {
    pub name: String,
    /// The command that meets it.
    pub command: String,
    pub code: i32,
    /// A part of what the host says.
    pub says: String,
    pub bytes: Vec<u8>,
}

impl Attack {
    pub fn new(name: &str, verdict: &str, bytes: Vec<u8>) -> Attack {
        let wrong = || panic!("{name} does not begin with its verdict: {verdict:?}");
        let (place, says) = verdict.split_once(": ").unwrap_or_else(wrong);
        let (command, code) = place.split_once(' ').unwrap_or_else(wrong);
        let code = code.parse().unwrap_or_else(|_| panic!("{name}: {code:?} is no exit code"));
        Attack { name: name.to_owned(), command: command.to_owned(), code, says: says.to_owned(), bytes }
    }

    /// Reads a file of the corpus.
    pub fn read(name: String, text: &str) -> Attack {
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let bytes = if rest.trim_start().starts_with(";; part ") {
            guest(&name, rest).component()
        } else {
            wat::parse_str(rest).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        Attack::new(&name, first.trim_start_matches(";; "), bytes)
    }
}

/// Returns a harmless strategy with the parts that `text` replaces.
fn guest(name: &str, text: &str) -> Guest {
    let mut guest = Guest::default();
    for part in text.split(";; part ").skip(1) {
        let (part, body) = part.split_once('\n').unwrap_or((part, ""));
        let body: &'static str = body.to_owned().leak();
        match part.trim() {
            "describe" => guest.describe = body,
            "init" => guest.init = body,
            "on-batch" => guest.on_batch = body,
            "more" => guest.more = body,
            "post" => guest.post = body,
            "realloc" => guest.realloc = body,
            "pages" => guest.pages = body.trim().parse().unwrap_or_else(|_| panic!("{name}: {body:?} pages")),
            other => panic!("{name}: no part `{other}`"),
        }
    }
    guest
}
