//! What lives on the server: channels, devices, silences, trackers.

use super::Nothing;
use crate::ClientApp;
use firebell_domain::postmortem::Tracker;
use firebell_domain::{ChannelId, DeviceId, SilenceId};
use firebell_protocol::rest::{
    ChannelView, DeviceView, NewChannel, NewSilence, SaveTracker, SilenceView, TrackerView,
};
use firebell_protocol::window::WindowError;
use reqwest::Method;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct The<T> {
    id: T,
}

#[derive(Deserialize)]
pub(super) struct Channel {
    channel: NewChannel,
}

#[derive(Deserialize)]
pub(super) struct Silence {
    silence: NewSilence,
}

pub(super) async fn channels(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<ChannelView>, WindowError> {
    app.server()?.get("/api/v1/me/channels").await
}

pub(super) async fn channel_add(app: Arc<ClientApp>, args: Channel) -> Result<ChannelView, WindowError> {
    app.server()?.post("/api/v1/me/channels", &args.channel).await
}

pub(super) async fn channel_remove(app: Arc<ClientApp>, args: The<ChannelId>) -> Result<(), WindowError> {
    app.server()?.tell(Method::DELETE, &format!("/api/v1/me/channels/{}", args.id)).await
}

pub(super) async fn channel_test(app: Arc<ClientApp>, args: The<ChannelId>) -> Result<(), WindowError> {
    app.server()?.tell(Method::POST, &format!("/api/v1/me/channels/{}/test", args.id)).await
}

pub(super) async fn devices(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<DeviceView>, WindowError> {
    app.server()?.get("/api/v1/devices").await
}

pub(super) async fn device_revoke(app: Arc<ClientApp>, args: The<DeviceId>) -> Result<(), WindowError> {
    app.server()?.tell(Method::DELETE, &format!("/api/v1/devices/{}", args.id)).await
}

pub(super) async fn silences(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<SilenceView>, WindowError> {
    app.server()?.get("/api/v1/silences").await
}

pub(super) async fn silence_add(app: Arc<ClientApp>, args: Silence) -> Result<SilenceView, WindowError> {
    app.server()?.post("/api/v1/silences", &args.silence).await
}

pub(super) async fn silence_end(app: Arc<ClientApp>, args: The<SilenceId>) -> Result<(), WindowError> {
    app.server()?.tell(Method::DELETE, &format!("/api/v1/silences/{}", args.id)).await
}

#[derive(Deserialize)]
pub(super) struct Save {
    tracker: SaveTracker,
}

#[derive(Deserialize)]
pub(super) struct Which {
    tracker: Tracker,
}

pub(super) async fn trackers(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<TrackerView>, WindowError> {
    app.server()?.get("/api/v1/tracker").await
}

pub(super) async fn tracker_save(app: Arc<ClientApp>, args: Save) -> Result<TrackerView, WindowError> {
    app.server()?.put("/api/v1/tracker", &args.tracker).await
}

pub(super) async fn tracker_remove(app: Arc<ClientApp>, args: Which) -> Result<(), WindowError> {
    let path = format!("/api/v1/tracker?tracker={}", args.tracker.id());
    app.server()?.tell(Method::DELETE, &path).await
}
