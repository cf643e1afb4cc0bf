//! One TLS for everything: rustls with ring. Trusted are the web's roots and what this computer trusts besides:
//! many teams have an authority of their own.

use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, OnceLock};

/// Made on first use, off the way to the tray.
pub(crate) fn config() -> Arc<ClientConfig> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    CONFIG.get_or_init(make).clone()
}

fn make() -> Arc<ClientConfig> {
    // An error says that a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let own = rustls_native_certs::load_native_certs();
    for e in &own.errors {
        tracing::debug!(error = %e, "some of this computer's own certificates cannot be read");
    }
    roots.add_parsable_certificates(own.certs);
    Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// The beginning of a client that trusts what all others here do.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder().tls_backend_preconfigured((*config()).clone())
}

/// For REST. Redirects are not followed: a token goes to the server it was given by and nowhere else.
pub(crate) fn http() -> reqwest::Result<reqwest::Client> {
    static HTTP: OnceLock<reqwest::Client> = OnceLock::new();
    if let Some(made) = HTTP.get() {
        return Ok(made.clone());
    }
    let made = builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(std::time::Duration::from_secs(5))
        .timeout(std::time::Duration::from_secs(15))
        .user_agent(concat!("firebell/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(HTTP.get_or_init(|| made).clone())
}
