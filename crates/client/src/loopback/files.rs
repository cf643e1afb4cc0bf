//! The built window, as files.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use std::path::{Component, Path};

/// The file of a path; the index for paths that name no file (the window routes by itself).
pub(super) async fn serve(ui: &Path, path: &str) -> Response {
    let asked = Path::new(path.trim_start_matches('/'));
    if !asked.components().all(|c| matches!(c, Component::Normal(_))) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let is_file = asked.extension().is_some();
    let file = if is_file { ui.join(asked) } else { ui.join("index.html") };
    match tokio::fs::read(&file).await {
        Ok(bytes) => {
            let mut response = bytes.into_response();
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind(&file)));
            response
        }
        Err(_) if is_file => StatusCode::NOT_FOUND.into_response(),
        Err(_) => {
            let words = "The window is not built. Run `npm run build` in ui/ first.";
            (StatusCode::NOT_FOUND, words).into_response()
        }
    }
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("wav") => "audio/wav",
        _ => "application/octet-stream",
    }
}
