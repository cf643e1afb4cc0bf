//! The log of the library, as desktops pull it.

use super::caller::{Asked, Caller, id};
use super::{Trouble, Web};
use crate::library;
use crate::storage::OfOpen;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use firebell_protocol::sync::LogChunk;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use std::io::Write;

/// Bytes below which packing is not worth it.
const PACKED_FROM: usize = 1_024;

/// `?after=0&until=100&limit=5000`
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    after: u64,
    until: Option<u64>,
    limit: Option<u32>,
}

/// `GET /api/v1/log`. May be called by: a device. The operations after `after` up to `until` (all, when not said) that
/// its person sees, 5,000 or 2 MiB at most; `upto` says how far that is.
pub async fn after(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Trouble> {
    let limit = wanted.limit.unwrap_or(library::CHUNK_OPERATIONS);
    let storage = &web.app().storage;
    let chunk =
        storage.read(move |db| library::chunk(db, &caller.person, wanted.after, wanted.until, limit)).await?;
    answer(chunk, &headers).await
}

/// `GET /api/v1/log/incident/{id}`. May be called by: a device. Everything about one incident after `after`, in parts, for
/// a person who sees it only now. There is nothing about one that they may not see.
pub async fn incident(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Path(text): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Trouble> {
    let incident = id(&text)?;
    let limit = wanted.limit.unwrap_or(library::CHUNK_OPERATIONS);
    let storage = &web.app().storage;
    let chunk =
        storage.read(move |db| library::history(db, &caller.person, incident, wanted.after, limit)).await?;
    answer(chunk, &headers).await
}

/// `?entries=true`
#[derive(Deserialize)]
pub struct WantedOfOpen {
    #[serde(default)]
    entries: bool,
}

/// `GET /api/v1/log/open`. May be called by: a device. The operations of open incidents that its person
/// sees, to be shown before the rest
/// comes: what was decided and the fields, 5,000 or 2 MiB at most; with `?entries=true` the entries, 2,000 at most.
pub async fn open(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Asked(wanted): Asked<WantedOfOpen>,
) -> Result<Response, Trouble> {
    let what = if wanted.entries { OfOpen::Entries } else { OfOpen::State };
    answer(web.app().storage.read(move |db| library::open(db, &caller.person, what)).await?, &headers).await
}

/// JSON, packed for those who take it so. Off the runtime: two megabytes take a while.
async fn answer(chunk: LogChunk, headers: &HeaderMap) -> Result<Response, Trouble> {
    let packs = takes_gzip(headers);
    let written = tokio::task::spawn_blocking(move || -> std::io::Result<_> {
        let body = serde_json::to_vec(&chunk).map_err(std::io::Error::other)?;
        if !packs || body.len() < PACKED_FROM {
            return Ok((body, false));
        }
        let mut packed = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
        packed.write_all(&body)?;
        packed.finish().map(|packed| (packed, true))
    });
    let written: std::io::Result<_> = written.await.map_err(std::io::Error::other).flatten();
    let (body, packed) = match written {
        Ok(written) => written,
        Err(error) => {
            tracing::error!(%error, "a part of the log cannot be written");
            return Err(Trouble::unavailable());
        }
    };
    let mut response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// `Accept-Encoding` names gzip, and not to refuse it.
fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|one| {
            let mut parts = one.split(';').map(str::trim);
            let named = parts.next().is_some_and(|n| n.eq_ignore_ascii_case("gzip"));
            let refused = parts.any(|p| {
                p.strip_prefix("q=").is_some_and(|q| q.trim().parse::<f32>().is_ok_and(|q| q == 0.0))
            });
            named && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_take_gzip_get_it() {
        for (said, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("br", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, said.parse().unwrap());
            assert_eq!(takes_gzip(&headers), takes, "{said:?}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
