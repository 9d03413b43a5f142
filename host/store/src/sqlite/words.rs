//! The words of an SQL text, as SQLite tells them apart.

/// A word of an SQL text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A name or a keyword, in lower case and without quotes: SQLite takes a quoted text as a name where it needs one.
    Name(String),
    /// Any other character.
    Sign(char),
}

impl Word {
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(self, Word::Name(own) if own == name)
    }
}

/// Returns the words of `sql` without comments.
pub(super) fn words(sql: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            '\'' | '"' | '`' | '[' => {
                let (name, length) = quoted(rest, if first == '[' { ']' } else { first });
                words.push(Word::Name(name));
                length
            }
            _ if is_of_a_name(first) => {
                let length = rest.find(|next| !is_of_a_name(next)).unwrap_or(rest.len());
                words.push(Word::Name(rest[..length].to_lowercase()));
                length
            }
            _ if first.is_ascii_whitespace() => 1,
            _ => {
                words.push(Word::Sign(first));
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    words
}

fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$') || !character.is_ascii()
}

/// Returns the text in quotes that `rest` begins with, and how many bytes it takes. A quote within it is doubled.
fn quoted(rest: &str, end: char) -> (String, usize) {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != end {
            text.push(character);
        } else if end != ']' && characters.next_if(|(_, next)| *next == end).is_some() {
            text.push(end);
        } else {
            return (text.to_lowercase(), at + 1);
        }
    }
    (text.to_lowercase(), rest.len())
}
