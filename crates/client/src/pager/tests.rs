//! The pager's stories, in the words of the person at the desk.

mod asking;
mod following;
mod ringing;
mod unreachable;
pub(crate) mod world;
