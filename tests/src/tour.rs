//! What `make run` shows: the sample team, the person on call, and one page. On a virtual screen it goes on to the
//! acknowledgement and to the second person, and leaves a picture of each step.

use crate::api::Api;
use crate::process::{Running, command};
use crate::server::Integration;
use crate::{Cast, Journey, Server, deadline, places};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the sample server listens when `make run` has a display: the default, so that every example fits.
const ADDRESS: &str = "127.0.0.1:8470";

/// The four pictures of the tour.
pub const PICTURES: [&str; 4] =
    ["1-notification.png", "2-pager-window.png", "3-acknowledged.png", "4-escalated.png"];

async fn assemble(journey: &Journey, server: Server) -> Cast {
    let admin: Api = server.admin().await;
    let source: Integration = server.add_integration("generic", "payments-api");
    eprintln!(
        "  the team server is at {}, its data in {}",
        server.url(),
        journey.dir().join("server").display()
    );
    Cast { server, admin, source }
}

fn sample_team() -> String {
    std::fs::read_to_string(places::root().join("scripts/sample-team.yaml"))
        .expect("the sample team is in the checkout")
}

fn alert() -> serde_json::Value {
    json!({
        "title": "Error rate 12.4 % on checkout",
        "severity": "critical",
        "source": "checkout-probe",
        "description": "Half of the requests fail since the last deployment.",
        "runbook_url": "https://runbooks.example.com/high-error-rate",
        "dedup_key": "checkout-error-rate",
    })
}

fn curl(url: &str) -> String {
    format!(
        "curl -X POST {url} \\\n         -H 'Content-Type: application/json' \\\n         -d '{}'",
        alert()
    )
}

/// The whole story on virtual screens; the pictures go into `pictures`.
pub async fn on_virtual_screens(journey: &Journey, pictures: &Path) {
    std::fs::create_dir_all(pictures).expect("target/ can be written");
    let picture = |number: usize| pictures.join(PICTURES[number - 1]);
    let done = |number: usize| eprintln!("  -> {}", picture(number).display());

    eprintln!("Starting a team server with a sample team");
    let server = Server::start(journey, "olga@example.com", &sample_team(), None).await;
    let cast = assemble(journey, server).await;
    eprintln!("Starting the desktop app of Ana, who is on call, and of Ben, who is second");
    let ana = cast.desktop(journey, "ana").await;
    let ben = cast.desktop(journey, "ben").await;

    eprintln!("An alert comes in through the public webhook:\n    {}", curl(&cast.source.url));
    let (status, body) = crate::api::fire(&cast.source.url, &alert()).await;
    assert_eq!(status, 202, "{body}");
    let notice = ana.notification("Error rate 12.4 %").await;
    let pager = ana.painted_window("Firebell pager").await;
    ana.screenshot(&picture(1));
    done(1);

    // It came up beside her work without taking the focus; now she turns to it.
    ana.focus(&pager);
    let keys_count = Duration::from_millis(800);
    deadline::stays(keys_count, "the page rings while she reads it", || async {
        ana.notices.open().is_empty().then(|| "its notification went away".to_owned())
    })
    .await;
    ana.settled(&pager).await;
    ana.screenshot(&picture(2));
    done(2);

    eprintln!("Ana clicks Acknowledge");
    ana.click(&notice, "acknowledge").await;
    cast.page("Error rate 12.4 %", "acknowledged").await;
    ana.notices.wait_gone("rings", |n| n.urgency == Some(2)).await;
    ana.settled(&pager).await;
    ana.screenshot(&picture(3));
    done(3);

    eprintln!("Another alert; this time Ana does not answer, and after ten seconds Ben is rung");
    let search = cast.server.add_integration("generic", "search");
    let alert = json!({ "title": "Search finds nothing", "severity": "critical", "source": "search-probe" });
    let (status, body) = crate::api::fire(&search.url, &alert).await;
    assert_eq!(status, 202, "{body}");
    ana.notification("Search finds nothing").await;
    ben.notification("Search finds nothing").await;
    ben.painted_window("Firebell pager").await;
    ben.screenshot(&picture(4));
    done(4);
    eprintln!("That is the tour; the pictures are in {}", pictures.display());
}

/// On the screen that is there: everything runs until the caller drops it.
pub struct Sample {
    _app: Running,
    _cast: Cast,
}

pub async fn on_this_screen(journey: &Journey) -> Sample {
    eprintln!("Starting a team server with a sample team");
    let address = ADDRESS.parse().expect("an address");
    let free = std::net::TcpListener::bind(ADDRESS).is_ok();
    let server = match free {
        true => Server::start_at(address, journey, "olga@example.com", &sample_team(), None).await,
        false => Server::start(journey, "olga@example.com", &sample_team(), None).await,
    };
    let cast = assemble(journey, server).await;
    eprintln!("Starting the desktop app in the tray, signed in as Ana, who is on call");
    let app = start_app(journey, &cast);
    cast.connected("ana", 1).await;
    eprintln!("An alert comes in through the public webhook. To ring again:\n    {}", curl(&cast.source.url));
    let (status, body) = crate::api::fire(&cast.source.url, &alert()).await;
    assert_eq!(status, 202, "{body}");
    cast.page("Error rate 12.4 %", "triggered").await;
    eprintln!("Your page is on the screen. Ctrl-C ends everything.");
    Sample { _app: app, _cast: cast }
}

fn start_app(journey: &Journey, cast: &Cast) -> Running {
    let data: PathBuf = journey.folder("ana");
    let mut command = command(places::program("firebell"));
    command
        .args(["--profile", "sample", "--hidden", "--data-dir"])
        .arg(&data)
        .arg(cast.server.invite("ana@example.com"));
    Running::start("firebell", command, &data)
}
