//! Notices that are no pages: this computer cannot be reached, or cannot page at all. They are not acted upon,
//! so they need none of the care of `notify`.

use crate::notify::escape;
use crate::words;
use firebell_client::desk::{Desk, TrayState};
#[cfg(target_os = "linux")]
use notify_rust::Urgency;
use notify_rust::{Notification, NotificationHandle, Timeout};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// A keychain that opens a moment after login is not worth a notice.
const A_MOMENT: Duration = Duration::from_secs(10);

/// Watches the desk for as long as the client lives.
pub fn start(desk: &watch::Receiver<Desk>) {
    tokio::spawn(while_so(desk.clone(), Duration::ZERO, |desk| desk.unreachable_alarm, unreachable));
    tokio::spawn(while_so(desk.clone(), A_MOMENT, |desk| desk.tray == TrayState::CannotPage, cannot_page));
}

/// Shows a notice once `so` has lasted for `patience`, and takes it away when it is over.
async fn while_so(
    mut desk: watch::Receiver<Desk>,
    patience: Duration,
    so: fn(&Desk) -> bool,
    notice: fn(&Desk) -> (String, String),
) {
    loop {
        if desk.wait_for(so).await.is_err() {
            return;
        }
        match tokio::time::timeout(patience, desk.wait_for(|desk| !so(desk))).await {
            Ok(Ok(_)) => continue,
            Ok(Err(_)) => return,
            Err(_) => {}
        }
        let (title, body) = notice(&desk.borrow());
        let shown = show(title, body, true).await;
        let over = desk.wait_for(|desk| !so(desk)).await.is_err();
        if let Some(shown) = shown {
            close(shown).await;
        }
        if over {
            return;
        }
    }
}

fn unreachable(desk: &Desk) -> (String, String) {
    (words::UNREACHABLE_TITLE.to_owned(), format!("{}\n{}", words::UNREACHABLE_BODY, desk.words))
}

fn cannot_page(desk: &Desk) -> (String, String) {
    (words::CANNOT_PAGE_TITLE.to_owned(), desk.words.clone())
}

/// One that goes by itself.
pub async fn tell(title: String, body: String) {
    drop(show(title, body, false).await);
}

async fn show(title: String, body: String, stays: bool) -> Option<NotificationHandle> {
    let shown = spawn_blocking(move || {
        let mut notification = Notification::new();
        let timeout = if stays { Timeout::Never } else { Timeout::Default };
        notification.appname(words::APP).summary(&title).body(&escape(&body)).timeout(timeout);
        #[cfg(target_os = "linux")]
        notification.icon("firebell").urgency(if stays { Urgency::Critical } else { Urgency::Normal });
        notification.show()
    });
    match shown.await {
        Ok(Ok(handle)) => Some(handle),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a notice could not be shown");
            None
        }
        Err(_) => None,
    }
}

#[cfg(target_os = "linux")]
async fn close(shown: NotificationHandle) {
    // Closed by the person in the meantime: nothing to do.
    let _ = spawn_blocking(move || shown.close()).await;
}

#[cfg(not(target_os = "linux"))]
async fn close(_shown: NotificationHandle) {}
