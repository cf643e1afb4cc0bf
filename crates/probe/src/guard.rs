//! Names, looked up once and judged before anything is connected to.

use firebell_domain::network::AllowList;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

/// The addresses of a name.
pub type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Whoever knows names: the system, or a test with a mind of its own.
pub trait Lookup: Send + Sync + 'static {
    fn look_up(&self, name: &str) -> Found;
}

/// The system's resolver.
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn look_up(&self, name: &str) -> Found {
        let name = name.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|a| a.ip()).collect()) })
    }
}

/// A name stands for private addresses only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address leads into a private network ({0}), which is not allowed")]
pub struct NotAllowed(pub IpAddr);

/// Lets only judged addresses through. A client that resolves with it connects to what this returns and to nothing else,
/// so a name cannot change its mind between the judgement and the connection.
pub struct Guard {
    allowed: AllowList,
    lookup: Arc<dyn Lookup>,
}

impl Guard {
    pub fn new(allowed: AllowList) -> Self {
        Self::with(allowed, Arc::new(SystemLookup))
    }

    pub fn with(allowed: AllowList, lookup: Arc<dyn Lookup>) -> Self {
        Self { allowed, lookup }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, found) = (self.allowed.clone(), self.lookup.look_up(name.as_str()));
        Box::pin(async move {
            let found = found.await?;
            let good: Vec<SocketAddr> =
                found.iter().filter(|ip| allowed.lets(**ip)).map(|ip| SocketAddr::new(*ip, 0)).collect();
            match found.first() {
                None => Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into()),
                Some(first) if good.is_empty() => Err(NotAllowed(*first).into()),
                Some(_) => Ok(Box::new(good.into_iter()) as Addrs),
            }
        })
    }
}
