//! Who is told that nothing is new, and when that can be said (domain §6).

use super::StatusUpdate;
use crate::playbook::Audience;
use crate::refusal::RefusalCode;
use crate::{Instant, Refusal, Span};
use std::collections::BTreeSet;

/// Whoever presses the key twice means it once.
const AGAIN_AFTER: Span = Span::minutes(1);

/// Who is told: the readers of the last update. `last`: the update that was sent last, and when; one that waits for the team
/// is an update, too.
pub fn no_news(last: Option<(&StatusUpdate, Instant)>, now: Instant) -> Result<BTreeSet<Audience>, Refusal> {
    let Some((last, at)) = last else {
        let words = "Nobody was told anything of it yet. Write the first update (U).";
        return Err(Refusal::new(RefusalCode::NotAllowed, words));
    };
    if last.told.no_news && now - at < AGAIN_AFTER.delta() {
        let words =
            "That went out a moment ago; they have read it. Write an update (U) if there is more to say.";
        return Err(Refusal::new(RefusalCode::NothingToDo, words));
    }
    Ok(last.texts.keys().copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UpdateId;
    use crate::update::Told;

    fn at(second: i64) -> Instant {
        let start: Instant = "2026-11-25T02:13:00Z".parse().unwrap();
        start + chrono::TimeDelta::seconds(second)
    }

    fn update(no_news: bool) -> StatusUpdate {
        let texts = [Audience::Internal, Audience::Customers].map(|audience| (audience, "x".to_owned()));
        let told = Told { no_news, ..Told::default() };
        StatusUpdate { id: UpdateId(uuid::Uuid::nil()), told, texts: texts.into(), corrects: None }
    }

    #[test]
    fn not_before_the_first_update_and_then_to_those_who_read_it() {
        let words = no_news(None, at(0)).unwrap_err().words;
        assert!(words.contains("Write the first update"), "{words}");
        let readers = no_news(Some((&update(false), at(0))), at(1)).unwrap();
        assert_eq!(readers, [Audience::Customers, Audience::Internal].into());
    }

    #[test]
    fn not_twice_in_a_minute() {
        let said = update(true);
        let words = no_news(Some((&said, at(0))), at(59)).unwrap_err().words;
        assert!(words.contains("a moment ago"), "{words}");
        no_news(Some((&said, at(0))), at(60)).unwrap();
    }
}
