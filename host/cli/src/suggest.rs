//! "Did you mean …?": the known name nearest to a mistyped one.

/// Below this likeness (0..1) a guess would only confuse.
const LIKE_ENOUGH: f64 = 0.6;

/// The candidate most like `name`, if any is like enough. The last part of a dotted key counts on its own too, so a key in the
/// wrong section is found.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let leaf = |key: &str| key.rsplit('.').next().unwrap_or_default().to_lowercase();
    let like = |candidate: &str| {
        let whole = strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase());
        whole.max(strsim::normalized_damerau_levenshtein(&leaf(name), &leaf(candidate)) - 0.01)
    };
    candidates
        .into_iter()
        .map(|candidate| (like(candidate), candidate))
        .filter(|(score, _)| *score >= LIKE_ENOUGH)
        // On a tie the first wins, so that the answer does not depend on the order of equals.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate)
}

/// The same as a sentence, or nothing.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
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
