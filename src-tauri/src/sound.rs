//! The sounds of the alarm, made by arithmetic: nothing to ship, nothing to license, and every loop ends where
//! it begins.

use std::f32::consts::TAU;
use std::sync::Arc;

/// Samples a second, one channel.
pub const RATE: u32 = 44_100;

/// What can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    Bell,
    Chime,
    Pulse,
    /// This computer cannot be reached: softer, and unlike a page. Not for choosing.
    Knock,
}

impl Sound {
    /// The sounds that a person can choose, the first being the default.
    pub const CHOICE: [Sound; 3] = [Sound::Bell, Sound::Chime, Sound::Pulse];

    pub fn name(self) -> &'static str {
        match self {
            Sound::Bell => "bell",
            Sound::Chime => "chime",
            Sound::Pulse => "pulse",
            Sound::Knock => "knock",
        }
    }

    /// The sound of that name; the bell for a name of another version.
    pub fn by_name(name: &str) -> Self {
        Self::CHOICE.into_iter().find(|sound| sound.name() == name).unwrap_or(Sound::Bell)
    }

    /// One round of the loop.
    pub fn samples(self) -> Arc<[f32]> {
        let mut track = match self {
            Sound::Bell => bell(),
            Sound::Chime => chime(),
            Sound::Pulse => pulse(),
            Sound::Knock => knock(),
        };
        let peak = match self {
            Sound::Knock => 0.35,
            _ => 0.9,
        };
        track.settle(peak);
        track.samples.into()
    }
}

/// A stretch of silence on which tones are laid.
struct Track {
    samples: Vec<f32>,
}

impl Track {
    fn of(seconds: f32) -> Self {
        Self { samples: vec![0.0; (seconds * RATE as f32) as usize] }
    }

    /// A struck tone: a quick attack, then it dies away to a thousandth within `ring` seconds.
    fn strike(&mut self, at: f32, hertz: f32, loudness: f32, ring: f32) {
        let start = (at * RATE as f32) as usize;
        for (n, sample) in self.samples.iter_mut().skip(start).enumerate() {
            let t = n as f32 / RATE as f32;
            // 4 ms up: quick enough to wake, slow enough not to click.
            let attack = (t / 0.004).min(1.0);
            let decay = (-6.9 * t / ring).exp();
            *sample += loudness * attack * decay * (TAU * hertz * t).sin();
        }
    }

    /// A held tone that swells and fades.
    fn swell(&mut self, at: f32, seconds: f32, hertz: f32, loudness: f32) {
        let start = (at * RATE as f32) as usize;
        let length = (seconds * RATE as f32) as usize;
        for (n, sample) in self.samples.iter_mut().skip(start).take(length).enumerate() {
            let t = n as f32 / RATE as f32;
            let envelope = (std::f32::consts::PI * t / seconds).sin().powi(2);
            *sample += loudness * envelope * (TAU * hertz * t).sin();
        }
    }

    /// Brings the loudest moment to `peak`, and the end to silence so that the loop closes without a click.
    fn settle(&mut self, peak: f32) {
        let fade = RATE as usize / 20;
        let length = self.samples.len();
        for (n, sample) in self.samples.iter_mut().skip(length.saturating_sub(fade)).enumerate() {
            *sample *= 1.0 - (n + 1) as f32 / fade as f32;
        }
        let loudest = self.samples.iter().fold(0.0_f32, |max, sample| max.max(sample.abs()));
        if loudest > 0.0 {
            self.samples.iter_mut().for_each(|sample| *sample *= peak / loudest);
        }
    }
}

/// A fire bell, struck twice: the partials of a real bell (hum, prime, tierce, quint, nominal).
fn bell() -> Track {
    let mut track = Track::of(2.4);
    for (at, force) in [(0.0, 1.0), (0.55, 0.85)] {
        for (ratio, loudness, ring) in [
            (0.5, 0.35, 2.2),
            (1.0, 1.0, 1.8),
            (1.2, 0.55, 1.4),
            (1.5, 0.4, 1.1),
            (2.0, 0.6, 0.9),
            (2.7, 0.3, 0.5),
        ] {
            track.strike(at, 659.3 * ratio, loudness * force, ring);
        }
    }
    track
}

/// Three rising notes, and their octave.
fn chime() -> Track {
    let mut track = Track::of(2.6);
    for (at, hertz) in [(0.0, 587.3), (0.28, 740.0), (0.56, 880.0), (0.9, 1174.7)] {
        track.strike(at, hertz, 1.0, 1.2);
        track.strike(at, hertz * 2.0, 0.4, 0.7);
        track.strike(at, hertz * 3.0, 0.15, 0.4);
    }
    track
}

/// Three short pulses in two voices, then a breath.
fn pulse() -> Track {
    let mut track = Track::of(1.6);
    for n in 0..3 {
        let at = 0.28 * n as f32;
        track.swell(at, 0.22, 783.99, 1.0);
        track.swell(at, 0.22, 1567.98, 0.45);
        track.swell(at, 0.22, 1046.5, 0.5);
    }
    track
}

/// Two low knocks and a long pause.
fn knock() -> Track {
    let mut track = Track::of(4.0);
    for at in [0.0, 0.32] {
        track.strike(at, 311.1, 1.0, 0.6);
        track.strike(at, 466.2, 0.3, 0.4);
    }
    track
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Sound; 4] = [Sound::Bell, Sound::Chime, Sound::Pulse, Sound::Knock];

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt()
    }

    #[test]
    fn every_sound_can_wake_somebody_and_none_clips() {
        for sound in ALL {
            let samples = sound.samples();
            let loudest = samples.iter().fold(0.0_f32, |max, sample| max.max(sample.abs()));
            assert!(loudest <= 0.95, "{sound:?} clips at {loudest}");
            if sound != Sound::Knock {
                assert!(rms(&samples) > 0.08, "{sound:?} is too quiet: {}", rms(&samples));
            }
            let seconds = samples.len() as f32 / RATE as f32;
            assert!((1.0..=5.0).contains(&seconds), "{sound:?} takes {seconds} s");
        }
    }

    #[test]
    fn being_unreachable_is_softer_than_a_page() {
        let softest = Sound::CHOICE.iter().map(|sound| rms(&sound.samples())).fold(1.0_f32, f32::min);
        assert!(rms(&Sound::Knock.samples()) < softest / 2.0);
    }

    #[test]
    fn the_loop_closes_without_a_click() {
        for sound in ALL {
            let samples = sound.samples();
            let seam = (samples[0] - samples[samples.len() - 1]).abs();
            assert!(seam < 0.002, "{sound:?} jumps by {seam} where it begins again");
            // Nor does it jump anywhere else: a fifth of full scale in one sample would be heard as a tick.
            let jump = samples.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0_f32, f32::max);
            assert!(jump < 0.45, "{sound:?} jumps by {jump}");
        }
    }

    #[test]
    fn a_name_of_another_version_rings_the_bell() {
        assert_eq!(Sound::by_name("chime"), Sound::Chime);
        assert_eq!(Sound::by_name("foghorn"), Sound::Bell);
        // The alarm of being unreachable is not for pages.
        assert_eq!(Sound::by_name("knock"), Sound::Bell);
    }
}
