//! A computer that was away for long.

use super::*;

#[test]
fn a_long_time_offline_is_told_in_parts_and_all_of_it_arrives() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    let incident = ana.declare(&mut office, "Slow", at(1));
    let long = "x".repeat(9_000);
    for n in 0..300 {
        ana.note(&mut office, incident, &format!("{n} {long}"), at(2));
    }
    let welcome = office.welcome("ana", &ana.library, at(3));
    let outputs = ana.library.on_message(&welcome, at(3)).unwrap();
    let sent: usize = outputs
        .iter()
        .filter_map(|o| match o {
            Output::Send(m @ ClientMessage::Submit { .. }) => Some(serde_json::to_string(m).unwrap().len()),
            _ => None,
        })
        .sum();
    assert!((500_000..1_400_000).contains(&sent), "{sent} bytes at once, of 2.7 million");
    ana.disconnect(at(4));
    ana.connect(&mut office, at(5));
    assert_eq!(office.log.len(), 301);
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0);
}
