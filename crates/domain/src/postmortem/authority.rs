//! Whose a field of the record is: what somebody said is theirs to change, and one approves in one's own name. The same rule
//! on a desktop, where it spares a write, and on the server, which believes no desktop.

use super::{Fields, change};
use crate::refusal::RefusalCode;
use crate::team::Role;
use crate::{PersonId, Refusal};
use serde_json::Value;

/// What is written in a field, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Stands<'a> {
    pub author: &'a PersonId,
    /// `null`: it was taken back.
    pub value: &'a Value,
}

/// Whose a field is.
enum Owner<'a> {
    /// Of whoever wrote what stands in it; the words say what others do instead.
    Author(&'static str),
    /// Of the one who is named in it.
    Named(&'a str),
    Everybody,
}

fn owner(field: &str) -> Owner<'_> {
    if field.starts_with(change::COMMENT) {
        Owner::Author("Only whoever wrote a comment changes it. Reply to it instead.")
    } else if field.starts_with(change::REPLY) {
        Owner::Author("Only whoever wrote a reply changes it. Write one of your own.")
    } else if let Some(person) = field.strip_prefix(change::APPROVED) {
        Owner::Named(person)
    } else {
        Owner::Everybody
    }
}

/// Whether [`may_write`] has to know what stands in this field.
pub fn is_of_its_author(field: &str) -> bool {
    matches!(owner(field), Owner::Author(_))
}

/// Whether this person may write into a field of a postmortem's record in which this stands. What nobody wrote, and what
/// was taken back, is free. `role`: `None` where it is not known.
///
/// # Errors
/// The words name what to do instead.
pub fn may_write(
    field: &str,
    stands: Option<Stands>,
    by: &PersonId,
    role: Option<Role>,
) -> Result<(), Refusal> {
    role.map_or(Ok(()), Role::may_act)?;
    let refused = |words: &str| Err(Refusal::new(RefusalCode::NotAllowed, words));
    let others = stands.is_some_and(|stands| !stands.value.is_null() && stands.author != by);
    match owner(field) {
        Owner::Author(words) if others => refused(words),
        Owner::Named(person) if person != by.as_str() => {
            refused("One approves in one's own name. Ask them to approve it.")
        }
        _ => Ok(()),
    }
}

/// As [`may_write`], of fields as they are known on a desktop.
///
/// # Errors
/// The words name what to do instead.
pub fn may_write_into(
    fields: &Fields,
    field: &str,
    by: &PersonId,
    role: Option<Role>,
) -> Result<(), Refusal> {
    let stands = fields.get(field).map(|f| Stands { author: f.author, value: f.value });
    may_write(field, stands, by, role)
}
