//! One TLS for everything: rustls with ring, the web's own roots.

use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

pub(crate) fn config() -> Arc<ClientConfig> {
    // An error says that a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// For REST. Redirects are not followed: a token goes to the server it was given by and nowhere else.
pub(crate) fn http() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured((*config()).clone())
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(std::time::Duration::from_secs(5))
        .timeout(std::time::Duration::from_secs(15))
        .user_agent(concat!("firebell/", env!("CARGO_PKG_VERSION")))
        .build()
}
