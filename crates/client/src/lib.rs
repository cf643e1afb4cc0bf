//! One responder's computer without a window: session, pages, ledger, commands.

pub mod bindings;
