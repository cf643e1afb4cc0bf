//! A postmortem as a file.

use super::{Known, with_subject};
use crate::paper::{Fonts, pdf};
use crate::words::error;
use firebell_domain::postmortem::export::{file_name, html, json, markdown, picture_path, yaml};
use firebell_domain::postmortem::meeting::{Guest, Meeting, calendar};
use firebell_domain::postmortem::{Document, PUBLIC, PostmortemFile, document, public_document};
use firebell_domain::team::Team;
use firebell_domain::{Instant, PersonId};
use firebell_protocol::postmortem::PostmortemFormat;
use firebell_protocol::window::WindowError;

pub(crate) struct Made {
    /// Of the file, without its ending.
    pub name: String,
    pub bytes: Vec<u8>,
    /// What lies beside it: a path below its folder, and the bytes.
    pub beside: Vec<(String, Vec<u8>)>,
}

/// What it says as it stands now, without the bytes of its pictures.
pub(crate) fn document_of(
    known: &Known,
    team: Option<&Team>,
    me: Option<&PersonId>,
    now: Instant,
) -> Document {
    with_subject(known, team, me, now, document)
}

/// In this form. `of`: [`document_of`] it, with its pictures.
pub(crate) fn leave(
    known: &Known,
    of: &Document,
    format: PostmortemFormat,
    team: Option<&Team>,
    me: Option<&PersonId>,
    now: Instant,
) -> Result<Made, WindowError> {
    with_subject(known, team, me, now, |subject| {
        let failed = |e: String| {
            error(
                "refused",
                format!("This postmortem cannot be written in this form: {e}. Choose another one."),
            )
        };
        let bytes = match format {
            PostmortemFormat::Markdown => markdown(of).into_bytes(),
            PostmortemFormat::Html => html(of).into_bytes(),
            PostmortemFormat::Yaml => {
                yaml(&PostmortemFile::of(subject)).map_err(|e| failed(e.to_string()))?.into_bytes()
            }
            PostmortemFormat::Json => {
                json(&PostmortemFile::of(subject)).map_err(|e| failed(e.to_string()))?.into_bytes()
            }
            PostmortemFormat::Pdf => {
                pdf(of, now, &Fonts::with_installed()).map_err(|e| failed(e.to_string()))?
            }
        };
        let m = &subject.facts.moments;
        let day = m.impact_started_at.or(m.detected_at).or(m.declared_at).unwrap_or(now).date_naive();
        Ok(Made { name: file_name(subject.title, day), bytes, beside: beside(of, format) })
    })
}

/// Markdown cannot hold pictures.
fn beside(of: &Document, format: PostmortemFormat) -> Vec<(String, Vec<u8>)> {
    let beside = of
        .pictures
        .iter()
        .map(|(hash, picture)| (picture_path(of.public, hash, picture), picture.bytes.clone()));
    if format == PostmortemFormat::Markdown { beside.collect() } else { vec![] }
}

/// The review meeting, for calendars.
pub(crate) fn invitation(
    known: &Known,
    team: Option<&Team>,
    me: Option<&PersonId>,
    now: Instant,
) -> Result<Made, WindowError> {
    with_subject(known, team, me, now, |subject| {
        let review = &subject.postmortem.review;
        let Some(at) = review.meeting else {
            return Err(error(
                "refused",
                "Nobody has said when the meeting is. Write its time, then save it.",
            ));
        };
        let guest = |id: &PersonId| {
            let person = team?.people.iter().find(|p| p.id == *id)?;
            Some(Guest { person: id.clone(), name: person.name.clone(), email: person.email.clone() })
        };
        let sees = |id: &&PersonId| subject.people.is_none_or(|people| people.contains(id));
        let mut guests: Vec<Guest> = vec![];
        for asked in review.reviewers.iter().chain(&subject.postmortem.authors).filter(sees).filter_map(guest)
        {
            if !guests.contains(&asked) {
                guests.push(asked);
            }
        }
        let is_private = subject.people.is_some();
        let title = (!is_private).then(|| subject.title.to_owned());
        let name = file_name(title.as_deref().unwrap_or_default(), at.date_naive());
        let meeting = Meeting {
            incident: subject.incident,
            number: subject.facts.number,
            title,
            at,
            organizer: me.and_then(guest),
            guests,
            now,
        };
        let bytes = calendar(&meeting).into_bytes();
        Ok(Made { name: format!("review-{name}"), bytes, beside: vec![] })
    })
}

/// What the public version says, without the bytes of its pictures; no word of the rest.
pub(crate) fn public_document_of(known: &Known) -> Result<Document, WindowError> {
    let text = known.texts.get(PUBLIC).map_or("", String::as_str);
    public_document(text).map_err(|refused| error("refused", refused.words))
}

/// The public version in this form.
pub(crate) fn leave_public(
    of: &Document,
    format: PostmortemFormat,
    now: Instant,
) -> Result<Made, WindowError> {
    let bytes = match format {
        PostmortemFormat::Markdown => markdown(of),
        PostmortemFormat::Html => html(of),
        PostmortemFormat::Pdf | PostmortemFormat::Yaml | PostmortemFormat::Json => {
            return Err(error(
                "refused",
                "The public version is saved as Markdown or HTML. Choose one of them.",
            ));
        }
    };
    let name = file_name("public", now.date_naive());
    Ok(Made { name, bytes: bytes.into_bytes(), beside: beside(of, format) })
}
