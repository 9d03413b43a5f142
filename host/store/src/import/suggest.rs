//! "Did you mean": the nearest of a few known names.

/// `; did you mean ...?` if one of `known` is near enough to `name`, else nothing.
pub(super) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let lower = name.to_lowercase();
    let near = known.into_iter().map(|other| (distance(&lower, &other.to_lowercase()), other)).min();
    match near {
        Some((distance, other)) if distance <= 2.max(name.chars().count() / 3) => format!("; did you mean `{other}`?"),
        _ => String::new(),
    }
}

/// Levenshtein distance: the fewest letters to insert, delete or change.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, &wanted) in other.iter().enumerate() {
            let change = diagonal + usize::from(letter != wanted);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
