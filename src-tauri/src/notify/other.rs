//! The notifier of systems without D-Bus, over notify-rust.

use super::board::{Action, Board};
use super::{DaemonHealth, Notice, Notifier, Screen, Told, tidy};
use crate::words;
use notify_rust::{Notification, Timeout};
use tokio::sync::{mpsc, watch};

/// These systems have one notification centre for as long as the app runs.
const DAEMON: &str = "system";

/// Starts the notifier. Must be called inside the runtime.
pub fn start(_address: Option<String>) -> Notifier {
    let (screen, mut wanted) = watch::channel(Screen::default());
    let (tell, told) = mpsc::unbounded_channel();
    let (healthy, health) = watch::channel(DaemonHealth::Unknown);
    let (notices, mut said) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(notice) = said.recv().await {
            // What hangs in these notification centres cannot be taken down; the person does that.
            if let Notice::Say(say) = notice {
                crate::notice::tell(tidy(&say.title, 120), tidy(&say.body, 500)).await;
            }
        }
    });
    tokio::spawn(async move {
        let mut board = Board::default();
        board.daemon_is(Some(DAEMON.to_owned()));
        let mut last = 0;
        while wanted.changed().await.is_ok() {
            let screen = wanted.borrow_and_update().clone();
            board.tidy(&screen);
            for action in board.plan(&screen) {
                match action {
                    // There is nothing to replace here: other words would be another notification.
                    Action::Reword { wanted, replaces } => board.was_posted(wanted, DAEMON, replaces),
                    Action::Post { wanted, .. } => {
                        last += 1;
                        let id = last;
                        let title = tidy(&wanted.title, 120);
                        let body = tidy(&wanted.body, 500);
                        let shown = tokio::task::spawn_blocking(move || {
                            Notification::new()
                                .appname(words::APP)
                                .summary(&title)
                                .body(&body)
                                .timeout(Timeout::Never)
                                .show()
                                .map(drop)
                                .map_err(|error| error.to_string())
                        })
                        .await
                        .unwrap_or_else(|error| Err(error.to_string()));
                        match shown {
                            Ok(()) => {
                                board.was_posted(wanted.clone(), DAEMON, id);
                                let daemon = DAEMON.to_owned();
                                let _ = tell.send(Told::Presented { raise: wanted.raise, daemon, id });
                                let name = DAEMON.to_owned();
                                healthy.send_replace(DaemonHealth::Present { name, buttons: false });
                            }
                            Err(words) => {
                                healthy.send_replace(DaemonHealth::Absent { words });
                            }
                        }
                    }
                    Action::Close { page, .. } => board.was_closed(page),
                }
            }
        }
    });
    Notifier { screen, notices, told, health }
}
