//! Not only desktops: with no desktop alive, ntfy and a signed webhook are used at once. Looking at the link does
//! nothing; its button acknowledges, once.

use firebell_journeys::api::{self, Api};
use firebell_journeys::phone::Phone;
use firebell_journeys::process::run;
use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey};
use serde_json::{Value, json};
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_rings_when_no_desktop_is_alive() {
    let journey = Journey::begin("phone").await;
    let cast = Cast::assemble(&journey, &Team::escalating_after(600)).await;
    let phone = Phone::switch_on().await;
    // Ana has enrolled a computer once, and it is off.
    let ana = Api::enrol(&cast.server.url(), &cast.server.invite("ana@example.com"), "laptop, closed").await;
    let webhook = json!({ "kind": "webhook", "url": format!("{}/hook", phone.url), "delay": "5m" });
    let webhook = ana.post("/api/v1/me/channels", &webhook).await;
    let ntfy = json!({ "kind": "ntfy", "url": format!("{}/ana-pages", phone.url), "delay": "5m" });
    ana.post("/api/v1/me/channels", &ntfy).await;

    cast.fire("Vault is sealed").await;

    let pushed = phone.message("/ana-pages").await;
    assert_eq!(pushed.header("Priority"), "5");
    assert!(pushed.header("Title").contains("Vault is sealed"), "{pushed:?}");
    let posted = phone.message("/hook").await;
    assert_signed(
        &posted.body,
        posted.header("Firebell-Signature"),
        webhook["secret"].as_str().unwrap_or_default(),
    );
    let body: Value = serde_json::from_str(&posted.body).expect("JSON");
    let link = body["acknowledge_url"].as_str().expect("a link to acknowledge");
    assert!(link.starts_with(&cast.server.url()), "{link}");

    // A preview, a scanner of links, a prefetch.
    for _ in 0..2 {
        let shown = api::client().get(link).send().await.expect("the server answers");
        assert!(shown.status().is_success());
        assert!(shown.text().await.unwrap_or_default().contains("Vault is sealed"));
    }
    let page = cast.page("Vault is sealed", "triggered").await;
    assert_eq!(cast.raises(&page).await.len(), 1, "Ana has a channel, so she is waited for");

    let pressed = api::client().post(link).send().await.expect("the server answers");
    assert!(pressed.status().is_success(), "{}", pressed.status());
    let page = cast.page("Vault is sealed", "acknowledged").await;
    assert_eq!(page["acknowledged"]["by"]["person"], "ana");
    assert_eq!(page["acknowledged"]["via"], "link");
    let again = api::client().post(link).send().await.expect("the server answers");
    assert!(!again.text().await.unwrap_or_default().contains("<button"), "a link works once");
    assert_eq!(cast.admin.events(&page, "channel_used").await.len(), 2, "both are on the page's history");
}

/// By another program than the one that signed.
fn assert_signed(body: &str, signature: &str, secret: &str) {
    let (time, given) = signature.split_once(",v1=").expect("t=UNIX,v1=HEX");
    let time = time.strip_prefix("t=").expect("t=UNIX");
    let signed = format!("{time}.{body}");
    let computed = run(Command::new("sh").args([
        "-c",
        r#"printf %s "$1" | openssl dgst -sha256 -hmac "$2""#,
        "sh",
        &signed,
        secret,
    ]));
    assert!(computed.trim_end().ends_with(given), "{computed} is not {given}");
}
