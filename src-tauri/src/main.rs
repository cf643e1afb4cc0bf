//! `firebell`, the desktop app.

fn main() {}
