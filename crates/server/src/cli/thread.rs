//! Blocking work, off the runtime: the PostgreSQL client brings a runtime of its own and must not run inside ours.

use tokio::sync::oneshot;

/// Runs `work` on a thread of its own, within the runtime's context (so that it can start tasks).
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let (done, outcome) = oneshot::channel();
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new()
        .name("command".into())
        .spawn(move || {
            let _context = runtime.enter();
            // Nobody waits any more: then nobody misses it.
            let _gone = done.send(work());
        })
        .map_err(|e| format!("No thread can be started: {e}."))?;
    outcome.await.map_err(|_| "The work broke off; look at the log.".to_owned())
}
