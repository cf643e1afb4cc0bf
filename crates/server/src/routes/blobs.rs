//! Attachments: sent by whoever may see an entry that names them, and fetched the same way.

use super::caller::{Asked, Caller, now};
use super::{Trouble, Web};
use crate::rate::Rates;
use crate::storage::{Declared, PART, Tx, read};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use firebell_domain::attachment::{MediaType, SIZE_MAX, is_hash};
use firebell_domain::{IncidentId, PersonId};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Requests a minute, and the largest burst, of one person: opening a timeline with many pictures fits.
const PER_MINUTE: u32 = 300;
/// Bodies taken in at the same time by one node: each is in memory until its hash is known.
const AT_ONCE: usize = 8;
/// 10 MiB by a bad line.
const BODY_WITHIN: Duration = Duration::from_secs(180);

/// How fast, and how many at once.
pub struct Gate {
    rates: Rates<PersonId>,
    places: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        Self { rates: Rates::default(), places: Semaphore::new(AT_ONCE) }
    }
}

fn admit(web: &Web, caller: &Caller, hash: &str) -> Result<(), Trouble> {
    if !is_hash(hash) {
        return Err(Trouble::field(
            "hash",
            "must be 64 hexadecimal digits in lower case (SHA-256 of the bytes)",
        ));
    }
    let taken = web.0.blobs.rates.take(&caller.person, Some(PER_MINUTE), now(web));
    taken.map_err(Trouble::too_fast)
}

fn not_named() -> Trouble {
    let words =
        "No entry that you can see names this attachment. Send the entry first, then its attachments.";
    Trouble::new(404, "not_named", words)
}

fn not_here() -> Trouble {
    let words = "The bytes of this attachment have not been sent yet. They come when the computer that has them is connected.";
    Trouble::new(404, "not_sent", words)
}

fn too_large() -> Trouble {
    Trouble::new(
        413,
        "too_large",
        "The body is larger than the 10 MiB that an attachment may have. Send a smaller file.",
    )
}

fn full() -> Trouble {
    let words = "The team's room for attachments is full. Ask the operator to raise `attachments_mib` in the server's settings.";
    Trouble::new(507, "full", words)
}

/// `?incident=UUID`
#[derive(Deserialize)]
pub struct Of {
    incident: IncidentId,
}

/// `PUT /api/v1/blobs/{hash}?incident=`. May be called by: a device. The bytes of what an entry of the incident names: 201 when
/// they are kept, 204 when they were here already. Sent again, nothing changes.
pub async fn put(
    State(web): State<Web>,
    caller: Caller,
    Path(hash): Path<String>,
    Asked(Of { incident }): Asked<Of>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Trouble> {
    caller.may_act()?;
    admit(&web, &caller, &hash)?;
    let (storage, quota) = (&web.app().storage, web.app().config.attachments_max);
    let said = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| said > SIZE_MAX) {
        return Err(too_large());
    }
    let (asked, person) = (hash.clone(), caller.person.clone());
    let (declared, here, total) = storage
        .read(move |db| {
            let declared = read::declared_blobs(db, &person, &asked, Some(incident))?;
            Ok((declared, read::whole_blob(db, &asked)?, read::blobs_total(db)?))
        })
        .await?;
    let size = declared.iter().map(|d| d.size).max().ok_or_else(not_named)?;
    if here.is_some() && declared.iter().any(|d| d.sent) {
        return Ok(StatusCode::NO_CONTENT);
    }
    if here.is_none() && total.saturating_add(said.unwrap_or(size)) > quota {
        return Err(full());
    }
    let _place = web.0.blobs.places.acquire().await.map_err(|_| Trouble::unavailable())?;
    let slow = || Trouble::new(408, "too_slow", "The body did not arrive within 180 s. Send it again.");
    let bytes = tokio::time::timeout(BODY_WITHIN, whole(body, &hash)).await.map_err(|_| slow())??;
    let kind = fits(&bytes, &declared)?;
    if here.is_some() {
        storage.write(move |tx: &mut Tx<'_>| tx.sent_for(&hash, incident)).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    let (named, length) = (hash.clone(), bytes.len() as u64);
    if !storage.write(move |tx: &mut Tx<'_>| tx.begin_blob(&named, kind, length, quota)).await? {
        return Err(full());
    }
    // Each part is a change of its own: a page that comes in between does not wait for ten MiB.
    for (number, part) in (0..).zip(bytes.chunks(PART)) {
        let (named, part) = (hash.clone(), part.to_vec());
        storage.write(move |tx: &mut Tx<'_>| tx.add_part(&named, number, part)).await?;
    }
    match storage.write(move |tx: &mut Tx<'_>| tx.finish_blob(&hash, incident)).await? {
        true => Ok(StatusCode::CREATED),
        false => Err(Trouble::unavailable()),
    }
}

/// The body, hashed while it comes.
async fn whole(body: Body, hash: &str) -> Result<Vec<u8>, Trouble> {
    let (mut bytes, mut hashed, mut parts) = (Vec::new(), Sha256::new(), body.into_data_stream());
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| Trouble::new(400, "broken_off", "The body broke off. Send it again."))?;
        if bytes.len() + part.len() > SIZE_MAX as usize {
            return Err(too_large());
        }
        hashed.update(&part);
        bytes.extend_from_slice(&part);
    }
    if hex::encode(hashed.finalize()) != hash {
        let words = "The bytes do not have the hash in the address. Send the file as it was attached.";
        return Err(Trouble::new(400, "wrong_hash", words));
    }
    Ok(bytes)
}

/// What the bytes are must be what the entry says they are.
fn fits(bytes: &[u8], declared: &[Declared]) -> Result<MediaType, Trouble> {
    let kind = MediaType::of(bytes);
    let fits = declared.iter().any(|d| Some(d.media_type) == kind && d.size == bytes.len() as u64);
    kind.filter(|_| fits).ok_or_else(|| {
        let words = "The bytes are not of the type and size that the entry names. PNG, JPEG, GIF, WebP and plain text can be attached.";
        Trouble::new(415, "wrong_type", words)
    })
}

/// `HEAD /api/v1/blobs/{hash}?incident=`. May be called by: a device. 204 when nothing has to be sent for this incident, 404
/// otherwise.
pub async fn has(
    State(web): State<Web>,
    caller: Caller,
    Path(hash): Path<String>,
    Asked(Of { incident }): Asked<Of>,
) -> Result<StatusCode, Trouble> {
    admit(&web, &caller, &hash)?;
    let storage = &web.app().storage;
    let has = storage.read(move |db| {
        let declared = read::declared_blobs(db, &caller.person, &hash, Some(incident))?;
        Ok(declared.iter().any(|d| d.sent) && read::whole_blob(db, &hash)?.is_some())
    });
    if has.await? { Ok(StatusCode::NO_CONTENT) } else { Err(not_here()) }
}

/// `GET /api/v1/blobs/{hash}`. May be called by: a device whose person may see an entry that names it. Never shown by a browser
/// in place: it comes as a file.
pub async fn get(
    State(web): State<Web>,
    caller: Caller,
    Path(hash): Path<String>,
) -> Result<Response, Trouble> {
    admit(&web, &caller, &hash)?;
    let storage = web.app().storage.clone();
    let (asked, person) = (hash.clone(), caller.person.clone());
    let (declared, here) = storage
        .read(move |db| {
            let here = read::whole_blob(db, &asked)?;
            // After the bytes were found: an incident that was made private meanwhile gives nothing away.
            Ok((read::declared_blobs(db, &person, &asked, None)?, here))
        })
        .await?;
    if declared.is_empty() {
        return Err(not_named());
    }
    let (kind, size) = here.filter(|_| declared.iter().any(|d| d.sent)).ok_or_else(not_here)?;
    let parts = stream::try_unfold((storage, hash, 0u64), |(storage, hash, number)| async move {
        let asked = hash.clone();
        let part = storage.read(move |db| read::blob_part(db, &asked, number)).await?;
        Ok::<_, crate::storage::StorageError>(
            part.map(|part| (Bytes::from(part), (storage, hash, number + 1))),
        )
    });
    let kind = match kind {
        MediaType::Text => "text/plain; charset=utf-8",
        other => other.name(),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_LENGTH, HeaderValue::from(size)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
    ];
    Ok((headers, Body::from_stream(parts)).into_response())
}
