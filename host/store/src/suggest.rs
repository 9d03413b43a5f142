//! "Did you mean …?": the known name nearest to a mistyped one.

/// Most bytes of a name that is compared with others.
const LONGEST_NAME: usize = 200;
/// Smallest similarity, from 0 to 1, at which a suggestion helps more than it confuses.
const MIN_SIMILARITY: f64 = 0.6;

/// Returns the candidate most similar to `name`, if any is similar enough.
///
/// The last part of a dotted key is compared on its own as well, so a key in the wrong section is found.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let leaf = |key: &str| key.rsplit('.').next().unwrap_or_default().to_lowercase();
    let similarity = |candidate: &str| {
        let whole = strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase());
        whole.max(strsim::normalized_damerau_levenshtein(&leaf(name), &leaf(candidate)) - 0.01)
    };
    // Nobody misspells a name of more, and others may write a megabyte.
    let short = |name: &str| name.len() <= LONGEST_NAME;
    candidates
        .into_iter()
        .filter(|candidate| short(name) && short(candidate))
        .map(|candidate| (similarity(candidate), candidate))
        .filter(|(score, _)| *score >= MIN_SIMILARITY)
        // The first of equals wins.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate)
}

/// Returns the nearest candidate as a question: "did you mean `name`?".
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// Ends a sentence that says that `name` is unknown: with the question, or with a full stop.
pub(crate) fn sentence_end<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    did_you_mean(name, candidates).map_or_else(|| ".".to_owned(), |question| format!("; {question}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_only_if_near() {
        let known = ["risk.max_daily_loss", "risk.max_order_size", "capital.target", "threshold"];
        let check = |name: &str, expect: Option<&str>| assert_eq!(nearest(name, known), expect, "{name}");
        check("risk.max_dayly_loss", Some("risk.max_daily_loss"));
        check("capital.max_order_size", Some("risk.max_order_size"));
        check("treshold", Some("threshold"));
        check("Threshold", Some("threshold"));
        check("zzz", None);
        check("", None);
    }
}
