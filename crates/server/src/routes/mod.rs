//! The server's addresses. One table says what there is and who may call it; the router is built from it, and a test
//! walks through it without credentials.

mod ack;
mod alerts;
#[cfg(test)]
mod blob_stories;
mod blobs;
mod caller;
mod changes;
mod channels;
mod devices;
mod health;
mod incidents;
mod intake;
mod log;
mod pages;
mod playbook;
#[cfg(test)]
mod playbook_stories;
mod problem;
mod services;
mod silences;
#[cfg(test)]
mod tests;
mod tracker;
#[cfg(test)]
mod tracker_stories;

pub use health::recorder;
pub use problem::Trouble;

use crate::app::App;
use crate::channels::Links;
use crate::rate::Rates;
use axum::Router;
use axum::extract::{FromRef, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, head, post, put};
use firebell_domain::{IntegrationId, PersonId};
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody: it gives nothing away, or carries its own proof in the body.
    Public,
    /// Whoever knows the key of an integration.
    IntegrationKey,
    /// An enrolled device, for its person.
    Device,
    /// Whoever has the signed link.
    Link,
    /// This machine, or whoever knows the metrics token.
    Operator,
}

/// One address.
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub who: Who,
    handler: MethodRouter<Web>,
}

fn route(method: &'static str, path: &'static str, who: Who, handler: MethodRouter<Web>) -> Route {
    Route { method, path, who, handler }
}

/// Everything the server answers to.
pub fn table() -> Vec<Route> {
    use Who::{Device, IntegrationKey, Link, Operator, Public};
    vec![
        route("POST", "/in/{key}/{kind}", IntegrationKey, post(intake::webhook)),
        // Beside `{kind}`: a deployment is no alert, and the key of any integration will do.
        route("POST", "/in/{key}/deployment", IntegrationKey, post(changes::deployment)),
        route("POST", "/v2/enqueue", IntegrationKey, post(intake::enqueue)),
        route("POST", "/v2/change/enqueue", IntegrationKey, post(changes::enqueue)),
        route("POST", "/api/v1/devices", Public, post(devices::enrol)),
        route("GET", "/api/v1/devices", Device, get(devices::list)),
        route("DELETE", "/api/v1/devices/{id}", Device, delete(devices::revoke)),
        route("GET", "/api/v1/me/channels", Device, get(channels::list)),
        route("POST", "/api/v1/me/channels", Device, post(channels::add)),
        route("DELETE", "/api/v1/me/channels/{id}", Device, delete(channels::remove)),
        route("POST", "/api/v1/me/channels/{id}/test", Device, post(channels::test)),
        route("GET", "/api/v1/silences", Device, get(silences::list)),
        route("POST", "/api/v1/silences", Device, post(silences::add)),
        route("DELETE", "/api/v1/silences/{id}", Device, delete(silences::end)),
        route("GET", "/api/v1/pages", Device, get(pages::list)),
        route("GET", "/api/v1/pages/{id}", Device, get(pages::one)),
        route("GET", "/api/v1/pages/{id}/alerts", Device, get(pages::alerts)),
        route("POST", "/api/v1/pages/{id}/acknowledge", Device, post(pages::acknowledge)),
        route("POST", "/api/v1/pages/{id}/resolve", Device, post(pages::resolve)),
        route("POST", "/api/v1/pages/{id}/escalate", Device, post(pages::escalate)),
        route("POST", "/api/v1/pages/{id}/snooze", Device, post(pages::snooze)),
        route("POST", "/api/v1/pages/{id}/reassign", Device, post(pages::reassign)),
        route("POST", "/api/v1/pages/{id}/notes", Device, post(pages::note)),
        route("GET", "/api/v1/alerts", Device, get(alerts::list)),
        route("GET", "/api/v1/changes", Device, get(changes::list)),
        route("GET", "/api/v1/services/{id}/health", Device, get(services::health)),
        route("POST", "/api/v1/services/{id}/health", Device, post(services::health)),
        route("GET", "/api/v1/incidents", Device, get(incidents::list)),
        route("GET", "/api/v1/incidents/{id}", Device, get(incidents::one)),
        route("GET", "/api/v1/playbook", Device, get(playbook::holds)),
        route("PUT", "/api/v1/playbook", Device, put(playbook::save).layer(playbook::body_limit())),
        route("GET", "/api/v1/playbook/versions", Device, get(playbook::versions)),
        route("GET", "/api/v1/playbook/versions/{id}", Device, get(playbook::version)),
        route("GET", "/api/v1/tracker", Device, get(tracker::list)),
        route("PUT", "/api/v1/tracker", Device, put(tracker::save)),
        route("DELETE", "/api/v1/tracker", Device, delete(tracker::remove)),
        route("GET", "/api/v1/log", Device, get(log::after)),
        route("GET", "/api/v1/log/open", Device, get(log::open)),
        route("GET", "/api/v1/log/incident/{id}", Device, get(log::incident)),
        route("PUT", "/api/v1/blobs/{hash}", Device, put(blobs::put)),
        route("HEAD", "/api/v1/blobs/{hash}", Device, head(blobs::has)),
        route("GET", "/api/v1/blobs/{hash}", Device, get(blobs::get)),
        route("GET", "/sync", Device, get(crate::push::sync)),
        route("GET", "/ack/{token}", Link, get(ack::show)),
        route("POST", "/ack/{token}", Link, post(ack::press)),
        route("GET", "/healthz", Public, get(health::alive)),
        route("GET", "/readyz", Public, get(health::ready)),
        route("GET", "/metrics", Operator, get(health::metrics)),
    ]
}

/// The router of the table.
pub fn router(web: Web) -> Router {
    let mut router = Router::new();
    for route in table() {
        router = router.route(route.path, route.handler);
    }
    router
        .fallback(async || Trouble::not_found("There is nothing at this address."))
        .method_not_allowed_fallback(async || {
            Trouble::new(405, "method_not_allowed", "This address does not take this method.")
        })
        // Every body is read with its own limit; this one is for those that extract JSON.
        .layer(axum::extract::DefaultBodyLimit::max(64 * 1024))
        .layer(from_fn(careful))
        .with_state(web)
}

/// Headers that keep browsers and caches from doing more than they should.
async fn careful(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// What handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

struct Inner {
    app: Arc<App>,
    links: Links,
    metrics: Option<PrometheusHandle>,
    rates: Rates<IntegrationId>,
    looks: Rates<PersonId>,
    keys: intake::Keys,
    blobs: blobs::Gate,
}

impl Web {
    pub fn new(app: Arc<App>, links: Links, metrics: Option<PrometheusHandle>) -> Self {
        Self(Arc::new(Inner {
            app,
            links,
            metrics,
            rates: Rates::default(),
            looks: Rates::default(),
            keys: intake::Keys::default(),
            blobs: blobs::Gate::default(),
        }))
    }

    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// The team or its keys changed: ask the database again.
    pub fn forget_keys(&self) {
        self.0.keys.forget();
    }
}

impl FromRef<Web> for Arc<App> {
    fn from_ref(web: &Web) -> Self {
        web.0.app.clone()
    }
}
