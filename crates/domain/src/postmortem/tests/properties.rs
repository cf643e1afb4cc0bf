//! Whatever authors do, at once and without each other: nothing that was picked or written is lost.

use super::super::*;
use super::*;
use proptest::prelude::*;

fn any_edit() -> impl Strategy<Value = (usize, LineEdit)> {
    (0..12_usize, any::<bool>(), prop::collection::vec(0..12_usize, 0..4)).prop_map(|(at, shown, with)| {
        let with = with.into_iter().map(line_key).collect();
        (at, LineEdit { with, ..plain(shown) })
    })
}

fn line_key(n: usize) -> String {
    let fixed = ["moment_impact_started", "moment_detected", "moment_declared", "moment_resolved", "event_1"];
    fixed.get(n).map_or_else(|| entry_key(21 + (n as u128 % 3)), |key| (*key).to_owned())
}

proptest! {
    #[test]
    fn whatever_is_hung_under_whatever_every_picked_line_is_said_once(edits in prop::collection::vec(any_edit(), 0..12)) {
        let mut written = Written::default();
        for (at, edit) in edits {
            written = written.by("ana", pick(&line_key(at), edit));
        }
        let all = lines(&written);
        for line in &all {
            if let Some(within) = &line.within {
                let speaker = all.iter().find(|l| l.key == *within).unwrap();
                prop_assert!(speaker.shown && speaker.within.is_none() && speaker.with.contains(&line.key));
            }
            for key in &line.with {
                let said = all.iter().find(|l| l.key == *key).unwrap();
                prop_assert_eq!(said.within.as_ref(), Some(&line.key));
            }
        }
        prop_assert!(all.is_sorted_by_key(|line| line.at));
    }

    #[test]
    fn a_tree_of_whys_has_every_answer_once(parents in prop::collection::vec(prop::option::of(0..12_u128), 0..12)) {
        let mut written = Written::default();
        for (n, parent) in parents.iter().enumerate() {
            let n = n as u128;
            let under = parent.filter(|p| *p != n).map(id);
            written = written.by("ana", PostmortemChange::Why { id: id(n), under, text: Some(format!("because {n}")) });
        }
        let whys = written.read().whys;
        prop_assert_eq!(whys.len(), parents.len());
        for (place, why) in whys.iter().enumerate() {
            match &why.under {
                None => prop_assert_eq!(why.depth, 0),
                Some(under) => {
                    let parent = whys[..place].iter().rfind(|w| w.id == *under).unwrap();
                    prop_assert_eq!(why.depth, parent.depth + 1);
                }
            }
        }
    }
}
