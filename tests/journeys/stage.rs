//! The stage itself: what the journeys rely on when they say "clicked".

use firebell_journeys::process::run;
use firebell_journeys::{Desktop, Journey};

fn show(desktop: &Desktop, summary: &str) {
    run(desktop
        .inside("gdbus")
        .args(["call", "--session", "--dest", "org.freedesktop.Notifications"])
        .args(["--object-path", "/org/freedesktop/Notifications"])
        .args(["--method", "org.freedesktop.Notifications.Notify"])
        .args(["Test", "0", "", summary, "words", r#"["acknowledge","Acknowledge","open","Open"]"#])
        .args([r#"{"urgency": <byte 2>}"#, "0"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_presses_the_button_that_was_meant() {
    let journey = Journey::begin("stage").await;
    let desktop = Desktop::start(&journey, "ana").await;
    show(&desktop, "the first");
    show(&desktop, "the second");
    let first = desktop.notification("the first").await;
    let second = desktop.notification("the second").await;
    assert_eq!(first.urgency, Some(2));
    desktop.evidence("two-notifications");

    desktop.click(&first, "open").await;
    desktop.click(&second, "acknowledge").await;
    let expected = vec![(first.id, "open".to_owned()), (second.id, "acknowledge".to_owned())];
    assert_eq!(desktop.notices.clicked(), expected);

    show(&desktop, "the third");
    desktop.notification("the third").await;
    desktop.crash_notification_daemon().await;
    show(&desktop, "the fourth");
    assert_eq!(desktop.notification("the fourth").await.life, 2);
}
