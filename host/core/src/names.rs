//! Rules for names that others give. One that breaks them is refused where it comes in, and shown there as a [`line`].

use crate::foreign::{is_plain, line};

/// Most letters of the name of a market, an event, a series or a category.
const MARKET: usize = 200;
/// Most letters of the name of a strategy, a slot or a parameter.
const STRATEGY: usize = 64;
/// Most letters of a refused name that are shown.
const SHOWN: usize = 40;

/// Returns why `name` cannot be that of a market, an event, a series or a category, if it cannot.
pub fn market_problem(name: &str) -> Option<String> {
    if let Some(character) = name.chars().find(|character| !is_plain(*character)) {
        let character = character.escape_unicode();
        return Some(format!("the name `{}` has the character {character}, which none may have", line(name, SHOWN)));
    }
    too_long(name, MARKET)
}

/// Returns why `name` cannot be that of a strategy or a slot, if it cannot.
pub fn strategy_problem(name: &str) -> Option<String> {
    wrong(name, "a-z, 0-9 and -", |letter| matches!(letter, 'a'..='z' | '0'..='9' | '-'))
}

/// Returns why `name` cannot be that of a strategy's parameter, if it cannot.
pub fn parameter_problem(name: &str) -> Option<String> {
    wrong(name, "a-z, 0-9 and _", |letter| matches!(letter, 'a'..='z' | '0'..='9' | '_'))
}

fn wrong(name: &str, letters: &str, is_letter: fn(char) -> bool) -> Option<String> {
    if name.is_empty() {
        return Some("the name is empty".to_owned());
    }
    if !name.chars().all(is_letter) {
        return Some(format!("the name `{}` has other letters than {letters}", line(name, SHOWN)));
    }
    too_long(name, STRATEGY)
}

fn too_long(name: &str, most: usize) -> Option<String> {
    let letters = name.chars().count();
    (letters > most).then(|| format!("the name `{}` has {letters} letters; {most} are the most", line(name, SHOWN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_markets_are_plain_and_short() {
        assert_eq!(market_problem("KXFED-26MAR-C25"), None);
        assert_eq!(market_problem("ser\u{e1}-que, 25 %"), None);
        assert_eq!(
            market_problem("FED\u{1b}[2J").unwrap(),
            "the name `FED\\u{1b}[2J` has the character \\u{1b}, which none may have"
        );
        assert!(market_problem(&"T".repeat(201)).unwrap().ends_with("has 201 letters; 200 are the most"));
    }

    #[test]
    fn names_of_strategies_are_letters_digits_and_dashes() {
        let check = |name: &str, expect: &str| assert_eq!(strategy_problem(name).unwrap_or_default(), expect);
        check("mean-reversion-2", "");
        check(&"a".repeat(64), "");
        check("", "the name is empty");
        check("a\nLIVE alex", "the name `a\\nLIVE alex` has other letters than a-z, 0-9 and -");
        check("Mean", "the name `Mean` has other letters than a-z, 0-9 and -");
        assert!(strategy_problem(&"a".repeat(65)).unwrap().ends_with("has 65 letters; 64 are the most"));
        assert_eq!(parameter_problem("entry_edge_2"), None);
        assert!(parameter_problem("entry-edge").is_some());
    }
}
