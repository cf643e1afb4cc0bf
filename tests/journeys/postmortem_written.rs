//! After the night: two people write one postmortem in the real windows, one of them in a train without a network. Their words
//! stand in the same paragraph; what comes of it is one text, on both screens, on the team's server and in a file.

use firebell_journeys::proxy::Proxy;
use firebell_journeys::team::Team;
use firebell_journeys::window::{Which, Window};
use firebell_journeys::{Cast, Core, Journey, until};
use serde_json::json;

const TITLE: &str = "Checkout is down";

/// Declared, resolved and begun by Chi, at a computer without a screen.
async fn an_incident_that_is_over(journey: &Journey, cast: &Cast) -> Core {
    let chi = Core::start(journey, "chi", Some(&cast.server.invite("chi@example.com"))).await;
    let incident = chi.declare(TITLE).await;
    let over = json!({ "incident": incident, "command": { "do": "set_status", "to": "resolved" } });
    chi.call("incident_ask", over).await;
    until("the incident is over", || async {
        (chi.incident(&incident).await?["row"]["incident"]["status"] == "resolved").then_some(())
    })
    .await;
    chi.call("postmortem_set", json!({ "incident": incident, "change": { "what": "start" } })).await;
    chi
}

/// Opens the section `summary` for writing, with the keyboard.
async fn writes_the_summary(window: &Window<'_>) {
    window.press(&["g", "m"]);
    window.reads("[role=option]", &[TITLE]).await;
    window.press(&["Return"]);
    window.sees("Impact began").await;
    window.press(&["j", "e"]);
    window.stands_in("Summary").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_write_one_paragraph_and_one_of_them_sits_in_a_train() {
    let journey = Journey::begin("postmortem-written").await;
    let team = Team { others: &[("chi", "Chi Tran")], ..Team::default() };
    let cast = Cast::assemble(&journey, &team).await;
    let cable = Proxy::to(cast.server.address).await;
    let at_ana = cast.desktop_read(&journey, "ana", &cast.server.url()).await;
    let at_ben = cast.desktop_read(&journey, "ben", &format!("http://{}", cable.address)).await;
    let (ana, ben) = (at_ana.window(Which::Main).await, at_ben.window(Which::Main).await);
    let _chi = an_incident_that_is_over(&journey, &cast).await;

    writes_the_summary(&ana).await;
    ana.write("The pool of connections was empty.");
    writes_the_summary(&ben).await;
    ben.reads(".cm-content", &["The pool of connections was empty."]).await;
    ana.sees("Ben Okafor is writing here too").await;
    at_ana.evidence("1-both-there");

    cable.cut();
    ben.sees("Working offline since").await;
    ben.press(&["ctrl+Home"]);
    ben.write("From 02:02 on, nobody could pay. ");
    ben.reads(".cm-content", &["nobody could pay. The pool of connections was empty."]).await;
    ana.press(&["ctrl+End"]);
    ana.write(" A query without an index had taken them all.");
    ana.reads(".cm-content", &["was empty. A query without an index"]).await;
    at_ben.evidence("2-in-the-train");

    cable.mend();
    let whole = "From 02:02 on, nobody could pay. The pool of connections was empty. A query without an index had taken them all.";
    for window in [&ana, &ben] {
        window.reads(".cm-content", &[whole]).await;
    }
    ben.sees("All known to the team").await;
    at_ben.evidence("3-one-text");

    // Read as a document, and taken along as one.
    ana.press(&["Escape"]);
    ana.reads("section p", &[whole]).await;
    ana.press(&["x"]);
    ana.sees("Markdown").await;
    ana.tab_to("Markdown").await;
    ana.press(&["Return"]);
    let saved = until("the file that was saved", || async {
        let text = ana.text().await;
        let path = text.lines().find_map(|line| line.trim().strip_prefix("Saved: "))?.to_owned();
        std::fs::read_to_string(path).ok()
    })
    .await;
    assert!(saved.contains(whole), "{saved}");
    at_ana.evidence("4-saved");
}
