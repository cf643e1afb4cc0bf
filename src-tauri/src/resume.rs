//! The computer slept: timers stood still and the connection is gone without knowing it.

#[cfg(target_os = "linux")]
pub use logind::watch;

#[cfg(target_os = "linux")]
mod logind {
    use futures_util::StreamExt;
    use zbus::{Connection, MatchRule, MessageStream, message::Type};

    /// Calls `wake` after every resume, as long as there is a system bus with logind on it.
    pub async fn watch(wake: impl Fn() + Send) {
        if let Err(error) = follow(wake).await {
            tracing::info!(%error, "resume from sleep is not announced here; the connection's own pings notice it later");
        }
    }

    async fn follow(wake: impl Fn() + Send) -> zbus::Result<()> {
        let bus = Connection::system().await?;
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender("org.freedesktop.login1")?
            .interface("org.freedesktop.login1.Manager")?
            .member("PrepareForSleep")?
            .build();
        let mut signals = MessageStream::for_match_rule(rule, &bus, None).await?;
        while let Some(signal) = signals.next().await {
            if let Ok(false) = signal?.body().deserialize::<bool>() {
                tracing::info!("the computer woke up");
                wake();
            }
        }
        Ok(())
    }
}

/// Elsewhere the connection's own pings notice that time has passed.
#[cfg(not(target_os = "linux"))]
pub async fn watch(_wake: impl Fn() + Send) {}
