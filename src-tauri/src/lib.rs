//! The desktop shell: tray, windows, notifications, alarm, keychain. It knows what a page looks like and nothing
//! about when one rings; that is `firebell-client`'s to say.

mod alarm;
mod notify;
mod sound;
mod words;
