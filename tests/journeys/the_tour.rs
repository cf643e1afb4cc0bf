//! What `make run` shows where there is no display.

use firebell_journeys::{Journey, tour};

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_leaves_a_picture_of_every_step() {
    let journey = Journey::begin("tour").await;
    let pictures = journey.dir().join("pictures");
    tour::on_virtual_screens(&journey, &pictures).await;
    for name in tour::PICTURES {
        let size = std::fs::metadata(pictures.join(name)).map(|m| m.len()).unwrap_or(0);
        assert!(size > 10_000, "{name} has {size} bytes");
    }
}
