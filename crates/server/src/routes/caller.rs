//! Who calls: a device with its token, and the person it belongs to.

use super::{Trouble, Web};
use crate::secret;
use crate::storage::TeamRecord;
use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use firebell_domain::team::Role;
use firebell_domain::{Instant, PersonId};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// An enrolled device of a member of the team.
pub struct Caller {
    pub person: PersonId,
    pub role: Role,
    pub team: Arc<TeamRecord>,
}

impl Caller {
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Stakeholders read; they change nothing.
    pub fn may_act(&self) -> Result<(), Trouble> {
        Ok(self.role.may_act()?)
    }
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Trouble> {
        let token = secret::bearer(&parts.headers).ok_or_else(Trouble::unauthorized)?;
        let storage = &web.app().storage;
        let device = storage.device_by_token(secret::hash(token)).await?;
        let device = device.filter(|d| !d.revoked).ok_or_else(Trouble::unauthorized)?;
        let team = storage.team().await?;
        let role = team.team.person(&device.person).map(|p| p.role).ok_or_else(Trouble::unauthorized)?;
        Ok(Self { person: device.person, role, team })
    }
}

/// A JSON body whose mistakes are answered like all others.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for Body<T> {
    type Rejection = Trouble;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Trouble> {
        let read = Json::<T>::from_request(request, web);
        let slow = || Trouble::new(408, "too_slow", "The body did not arrive within 10 s. Send it again.");
        let Json(value) =
            tokio::time::timeout(super::intake::BODY_WITHIN, read).await.map_err(|_| slow())??;
        Ok(Self(value))
    }
}

/// The part of the address behind the question mark, whose mistakes are answered like all others.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Web> for Asked<T> {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Trouble> {
        let read = Query::<T>::from_request_parts(parts, web).await;
        let Query(value) = read.map_err(|bad| {
            let words = format!("The address is wrong: {}.", bad.body_text().trim_end_matches('.'));
            Trouble::new(400, "bad_input", words)
        })?;
        Ok(Self(value))
    }
}

/// An id out of the path.
pub fn id<T: std::str::FromStr>(text: &str) -> Result<T, Trouble> {
    text.parse().map_err(|_| Trouble::not_found("There is nothing with this id."))
}

/// The server's time.
pub fn now(web: &Web) -> Instant {
    web.app().clock.now()
}
