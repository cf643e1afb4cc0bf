//! The alarm: a loop that swells and does not end by itself.
//!
//! It lives in a thread of its own, because audio devices block. A computer without one still pages: the
//! notification and the pager window do not wait for the sound.

use crate::sound::{RATE, Sound};
use rodio::{DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink, Player, Source};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use tokio::sync::watch;

/// How often a lost or missing device is looked for while something rings.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// How long a preview in the settings is heard.
const PREVIEW: Duration = Duration::from_secs(3);

/// What should be heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ring {
    pub sound: Sound,
    /// 0–100.
    pub volume: u8,
    /// Seconds from silent to full.
    pub gentle_start_s: u8,
}

/// What is heard. Diagnostics say it as "silent", "ringing" or "no device".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Silent,
    Ringing,
    /// It should ring and cannot, or could not the last time it was tried.
    NoDevice {
        words: String,
    },
}

enum Order {
    Ring(Option<Ring>),
    Preview(Ring),
}

/// The hand on the alarm's thread.
#[derive(Clone)]
pub struct Alarm {
    orders: Sender<Order>,
    heard: watch::Receiver<Heard>,
}

impl Alarm {
    pub fn start() -> std::io::Result<Self> {
        let (orders, received) = channel();
        let (hear, heard) = watch::channel(Heard::Silent);
        std::thread::Builder::new().name("alarm".into()).spawn(move || Ringer::new(hear).run(&received))?;
        Ok(Self { orders, heard })
    }

    /// Rings, goes on ringing in another way, or falls silent. The same ring again changes nothing.
    pub fn ring(&self, ring: Option<Ring>) {
        let _ = self.orders.send(Order::Ring(ring));
    }

    /// A few seconds of a sound; a real alarm goes before it.
    pub fn preview(&self, sound: Sound, volume: u8) {
        let _ = self.orders.send(Order::Preview(Ring { sound, volume, gentle_start_s: 0 }));
    }

    /// What is heard, or would be: while nothing rings, the device is looked for. Blocking.
    pub fn heard(&self) -> Heard {
        match self.heard.borrow().clone() {
            Heard::Ringing => Heard::Ringing,
            _ => match default_device() {
                Ok(_) => Heard::Silent,
                Err(error) => Heard::NoDevice { words: error.to_string() },
            },
        }
    }
}

/// A device with a loop on it.
struct Playing {
    player: Player,
    broken: Arc<AtomicBool>,
    // Dropping it ends the sound.
    _device: MixerDeviceSink,
}

struct Ringer {
    wanted: Option<Ring>,
    preview: Option<(Ring, std::time::Instant)>,
    playing: Option<(Ring, Playing)>,
    hear: watch::Sender<Heard>,
    /// Said once in the log until a device was there again.
    complained: bool,
}

impl Ringer {
    fn new(hear: watch::Sender<Heard>) -> Self {
        Self { wanted: None, preview: None, playing: None, hear, complained: false }
    }

    fn run(mut self, orders: &Receiver<Order>) {
        loop {
            let order = match self.pause() {
                Some(pause) => match orders.recv_timeout(pause) {
                    Ok(order) => Some(order),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                },
                None => match orders.recv() {
                    Ok(order) => Some(order),
                    Err(_) => return,
                },
            };
            match order {
                Some(Order::Ring(ring)) => self.wanted = ring,
                Some(Order::Preview(ring)) => {
                    self.preview = Some((ring, std::time::Instant::now() + PREVIEW));
                }
                None => {}
            }
            self.make_heard();
        }
    }

    /// How long nothing can change without an order.
    fn pause(&self) -> Option<Duration> {
        let preview_ends =
            self.preview.map(|(_, end)| end.saturating_duration_since(std::time::Instant::now()));
        let looks = self.wanted.map(|_| LOOK_AGAIN);
        preview_ends.into_iter().chain(looks).min()
    }

    fn make_heard(&mut self) {
        if self.preview.is_some_and(|(_, end)| std::time::Instant::now() >= end) {
            self.preview = None;
        }
        let Some(ring) = self.wanted.or(self.preview.map(|(ring, _)| ring)) else {
            self.playing = None;
            if *self.hear.borrow() == Heard::Ringing {
                self.hear.send_replace(Heard::Silent);
            }
            return;
        };
        match &mut self.playing {
            Some((playing, at)) if !at.broken.load(Ordering::Relaxed) && playing.sound == ring.sound => {
                at.player.set_volume(loudness(ring.volume));
                *playing = ring;
            }
            _ => {
                self.playing = None;
                match play(ring) {
                    Ok(playing) => {
                        self.playing = Some((ring, playing));
                        self.complained = false;
                        self.hear.send_replace(Heard::Ringing);
                    }
                    Err(words) => {
                        if !self.complained {
                            tracing::warn!(error = words, "no audio device: the alarm cannot be heard");
                            self.complained = true;
                        }
                        self.hear.send_replace(Heard::NoDevice { words });
                    }
                }
            }
        }
    }
}

fn play(ring: Ring) -> Result<Playing, String> {
    let broken = Arc::new(AtomicBool::new(false));
    let breaks = broken.clone();
    let mut device = default_device()
        .map_err(|error| error.to_string())?
        .with_error_callback(move |error| {
            if !breaks.swap(true, Ordering::Relaxed) {
                tracing::warn!(%error, "the audio device failed; it is opened again");
            }
        })
        .open_stream()
        .map_err(|error| error.to_string())?;
    device.log_on_drop(false);
    let player = Player::connect_new(device.mixer());
    player.set_volume(loudness(ring.volume));
    player.append(Loop::new(ring.sound.samples(), ring.gentle_start_s));
    Ok(Playing { player, broken, _device: device })
}

fn default_device() -> Result<DeviceSinkBuilder, DeviceSinkError> {
    // ALSA explains itself on standard error, at length and each time; the error that it returns is enough.
    #[cfg(target_os = "linux")]
    let _kept_from_stderr = alsa::Output::local_error_handler();
    DeviceSinkBuilder::from_default_device()
}

/// Ears are logarithmic: half of the slider should sound like half.
fn loudness(volume: u8) -> f32 {
    (f32::from(volume.min(100)) / 100.0).powi(2)
}

/// One round of a sound, again and again, from silent to full.
struct Loop {
    samples: Arc<[f32]>,
    at: usize,
    played: u64,
    ramp: u64,
}

impl Loop {
    fn new(samples: Arc<[f32]>, gentle_start_s: u8) -> Self {
        Self { samples, at: 0, played: 0, ramp: u64::from(gentle_start_s) * u64::from(RATE) }
    }
}

impl Iterator for Loop {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        let sample = *self.samples.get(self.at)?;
        self.at = (self.at + 1) % self.samples.len();
        if self.played >= self.ramp {
            return Some(sample);
        }
        self.played += 1;
        // Starts just above silence, so that the first round is heard by somebody who is awake.
        let gain = 0.05 + 0.95 * (self.played as f32 / self.ramp as f32);
        Some(sample * gain * gain)
    }
}

impl Source for Loop {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> rodio::ChannelCount {
        NonZero::<u16>::MIN
    }

    fn sample_rate(&self) -> rodio::SampleRate {
        NonZero::new(RATE).unwrap_or(NonZero::<u32>::MIN)
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loudest(samples: &[f32]) -> f32 {
        samples.iter().fold(0.0_f32, |max, sample| max.max(sample.abs()))
    }

    #[test]
    fn the_alarm_starts_gently_reaches_full_strength_and_never_ends() {
        let samples = Sound::Pulse.samples();
        let round = samples.len();
        let heard: Vec<f32> = Loop::new(samples.clone(), 8).take(round * 8).collect();
        assert_eq!(heard.len(), round * 8, "it ended by itself");
        assert!(loudest(&heard[..round]) < 0.15, "it did not start gently");
        assert!(loudest(&heard[..round]) > 0.0, "nobody who is awake would hear it start");
        assert_eq!(heard[round * 7..], samples[..], "it did not reach full strength");
    }

    #[test]
    fn without_a_gentle_start_it_is_loud_at_once() {
        let samples = Sound::Bell.samples();
        let heard: Vec<f32> = Loop::new(samples.clone(), 0).take(samples.len()).collect();
        assert_eq!(heard[..], samples[..]);
    }

    #[test]
    fn the_volume_goes_from_nothing_to_everything() {
        assert_eq!(loudness(0), 0.0);
        assert_eq!(loudness(100), 1.0);
        assert_eq!(loudness(255), 1.0);
        assert!(loudness(50) < 0.5);
    }
}
