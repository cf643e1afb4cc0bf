//! What an update is called outside, when nobody has called the incident anything yet.

use crate::triage::Impact;

/// Letters that a window keeps of a title: an alert's words may have been cut there.
const TITLE_MAX: usize = 200;
/// More services than these are counted, not named.
const NAMED_MAX: usize = 3;

/// What readers outside are told instead of a title that is an alert's own words: "Checkout: errors". `None`: a person found
/// the words. `alerts`: what the pages of the incident are called; `services`: names, not ids.
pub fn headline(
    title: &str,
    alerts: &[String],
    services: &[String],
    impact: Option<Impact>,
) -> Option<String> {
    alerts.iter().any(|alert| is_of(title.trim(), alert.trim())).then(|| {
        let what = match impact {
            Some(Impact::High) => "errors",
            Some(Impact::Medium) => "degraded service",
            Some(Impact::Low) => "minor problems",
            None => "problems",
        };
        match services {
            [] => format!("Our service: {what}"),
            [one] => format!("{one}: {what}"),
            [first @ .., last] if services.len() <= NAMED_MAX => {
                format!("{} and {last}: {what}", first.join(", "))
            }
            _ => format!("Several services: {what}"),
        }
    })
}

fn is_of(title: &str, alert: &str) -> bool {
    let is_cut = || title.chars().count() >= TITLE_MAX && alert.starts_with(title);
    !title.is_empty() && (title.to_lowercase() == alert.to_lowercase() || is_cut())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn an_alerts_own_words_are_no_headline() {
        let alert = names(&["HTTP 5xx ratio > 0.05 on checkout-db-7"]);
        for (services, impact, expected) in [
            (&["Checkout"][..], Some(Impact::High), "Checkout: errors"),
            (&["Checkout"], Some(Impact::Medium), "Checkout: degraded service"),
            (&["Checkout"], Some(Impact::Low), "Checkout: minor problems"),
            (&["Checkout", "Search"], None, "Checkout and Search: problems"),
            (&["A", "B", "C"], None, "A, B and C: problems"),
            (&["A", "B", "C", "D"], Some(Impact::High), "Several services: errors"),
            (&[], None, "Our service: problems"),
        ] {
            let found = headline(" http 5xx ratio > 0.05 on checkout-db-7", &alert, &names(services), impact);
            assert_eq!(found.as_deref(), Some(expected));
        }
        let long = "x".repeat(900);
        let cut: String = long.chars().take(TITLE_MAX).collect();
        assert!(headline(&cut, &[long], &[], None).is_some(), "the window cut it");
    }

    #[test]
    fn what_a_person_called_it_stands() {
        let alert = names(&["Error rate 12 % on checkout"]);
        assert_eq!(headline("Checkout is down", &alert, &names(&["Checkout"]), None), None);
        assert_eq!(headline("Error rate", &alert, &[], None), None, "fewer words were chosen by somebody");
        assert_eq!(headline("", &names(&[""]), &[], None), None);
    }
}
