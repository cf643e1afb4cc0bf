//! What somebody most likely meant.

/// The known word that is closest to a misspelled one; `None` when nothing is close: at most a third of the letters, and
/// one at least, may differ. The first of equally close ones wins.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let most = (word.chars().count() / 3).max(1);
    // Long words are nobody's typing error, and comparing them costs the product of their lengths.
    if word.len() > 100 {
        return None;
    }
    known
        .into_iter()
        .map(|k| (distance(word, k), k))
        .filter(|(d, _)| *d <= most)
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

/// Letters to insert, remove or replace (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = replaced.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let known = ["title", "impact", "next_update"];
        assert_eq!(nearest("titel", known), None, "two letters of five");
        assert_eq!(nearest("tile", known), Some("title"));
        assert_eq!(nearest("nextupdate", known), Some("next_update"));
        assert_eq!(nearest("weather", known), None);
        assert_eq!(nearest(&"x".repeat(1_000), known), None);
    }
}
