//! The listening socket: connections in, requests to the router, an orderly end.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tower_service::Service;

/// How long a connection may take over the head of a request, or wait for its next one.
const HEAD_WITHIN: Duration = Duration::from_secs(60);
/// Bytes of a request's head.
const HEAD_MAX: usize = 32 * 1024;
/// How long what is being answered may take when the server ends.
const END_WITHIN: Duration = Duration::from_secs(10);
/// After a failure to accept (no file descriptor left), so that the loop does not burn a core.
const BREATH: Duration = Duration::from_millis(50);

/// Serves until `stop`, then lets the requests that are being answered end.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let (alive, mut ended) = mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (router, stop, alive) = (router.clone(), stop.clone(), alive.clone());
                tokio::spawn(async move {
                    connection(stream, peer, router, stop).await;
                    drop(alive);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    drop(alive);
    if tokio::time::timeout(END_WITHIN, ended.recv()).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, stop: CancellationToken) {
    // A page is a small message that must not wait for a second one.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection answers a little later than it could");
    }
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), Calls { router, peer })
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let outcome = tokio::select! {
        outcome = serving.as_mut() => outcome,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = outcome {
        // People close laptops, and scanners talk nonsense.
        tracing::debug!(%error, "a connection broke off");
    }
}

/// The router, for the requests of one connection.
struct Calls {
    router: Router,
    peer: SocketAddr,
}

impl hyper::service::Service<Request<Incoming>> for Calls {
    type Response = Response;
    type Error = Infallible;
    type Future = <Router as Service<Request<Body>>>::Future;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        // A router is always ready.
        self.router.clone().call(request)
    }
}
