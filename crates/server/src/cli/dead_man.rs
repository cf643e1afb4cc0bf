//! The server's word to the outside that all is well. When it stays away, another system's dead-man switch calls
//! somebody: a server that is down cannot.

use crate::app::App;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

const EVERY: Duration = Duration::from_secs(60);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Audits every minute that the database takes writes and that no open page is without a next action, and tells the
/// dead-man URL of the settings, if there is one.
pub fn watch(app: Arc<App>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let http = reqwest::Client::builder().timeout(ANSWER_WITHIN).build();
        let http = http.inspect_err(|error| tracing::error!(%error, "the dead-man URL cannot be told")).ok();
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            if !is_well(&app).await {
                continue;
            }
            if let (Some(http), Some(url)) = (&http, &app.config.dead_man_url)
                && let Err(error) = http.get(url).send().await.and_then(|answer| answer.error_for_status())
            {
                tracing::warn!(error = %error.without_url(), "the dead-man URL did not answer");
            }
        }
    })
}

async fn is_well(app: &App) -> bool {
    if let Err(error) = app.storage.ping().await {
        tracing::error!(error = %crate::storage::Chain(&error), "the database takes no writes: nobody would be paged");
        return false;
    }
    match app.storage.forgotten_pages().await {
        Ok(0) => true,
        Ok(pages) => {
            tracing::error!(pages, "open pages have no next action: this is a bug, tell the team");
            false
        }
        Err(error) => {
            tracing::error!(error = %crate::storage::Chain(&error), "open pages cannot be counted");
            false
        }
    }
}
