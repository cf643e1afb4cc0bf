//! Waiting for programs that send no event: asked again and again, never past a deadline.

use std::future::Future;
use std::time::Duration;

/// Generous: two journeys, their desktops and a compiler may share two cores.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Asks until the answer is there. Panics with `what` when [`PATIENCE`] is over.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl FnMut() -> F) -> T {
    within(PATIENCE, what, ask).await
}

/// Asks until the answer is there. Panics with `what` when the time is over.
pub async fn within<T, F: Future<Output = Option<T>>>(
    limit: Duration,
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let asking = async {
        loop {
            tick.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    match tokio::time::timeout(limit, asking).await {
        Ok(answer) => answer,
        Err(_) => panic!("waited {} s in vain for: {what}", limit.as_secs()),
    }
}

/// Holds that something stays as it is for a while: panics when `ask` finds the contrary.
pub async fn stays<F: Future<Output = Option<String>>>(
    span: Duration,
    what: &str,
    mut contrary: impl FnMut() -> F,
) {
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    let watching = async {
        loop {
            tick.tick().await;
            if let Some(found) = contrary().await {
                panic!("expected to hold: {what}; but {found}");
            }
        }
    };
    // Running into the time limit is the good end.
    let _: Result<(), _> = tokio::time::timeout(span, watching).await;
}
