//! Chance from a seed, and prose made of it: the same history on every computer.

use uuid::Uuid;

/// SplitMix64.
pub struct Dice(u64);

impl Dice {
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One of `0..n`; 0 when there is none.
    pub fn below(&mut self, n: usize) -> usize {
        (self.number() % n.max(1) as u64) as usize
    }

    /// From 0 to 1.
    pub fn fraction(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn uuid(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.number()) << 64 | u128::from(self.number()))
    }
}

/// Words that on-call people write, the common ones first; the others are made of syllables.
const COMMON: &[&str] = &[
    "the",
    "to",
    "and",
    "of",
    "on",
    "is",
    "in",
    "errors",
    "checkout",
    "latency",
    "after",
    "deploy",
    "payments",
    "rolled",
    "back",
    "database",
    "replica",
    "queue",
    "timeout",
    "customers",
    "region",
    "restarted",
    "node",
    "alert",
    "graph",
    "connection",
    "pool",
    "cache",
    "search",
    "traffic",
    "rate",
    "memory",
    "disk",
    "certificate",
    "config",
];
const SYLLABLES: &[&str] = &[
    "ba", "cor", "den", "fil", "gra", "hon", "jas", "kel", "lum", "mer", "nos", "pol", "qui", "rus", "sta",
    "tem", "ul", "vin", "wex", "zor",
];
/// Different words.
const WORDS: usize = 20_000;

/// A vocabulary, used as people use one: the n-th word comes once in n times.
pub struct Prose(Vec<String>);

impl Prose {
    pub fn new() -> Self {
        let mut words: Vec<String> = COMMON.iter().map(|w| (*w).to_owned()).collect();
        let mut dice = Dice::seeded(7);
        while words.len() < WORDS {
            let syllables = 2 + dice.below(3);
            words.push((0..syllables).map(|_| SYLLABLES[dice.below(SYLLABLES.len())]).collect());
        }
        Self(words)
    }

    /// The word at this rank, 0 being the most common.
    pub fn word(&self, rank: usize) -> &str {
        &self.0[rank.min(WORDS - 1)]
    }

    pub fn sentence(&self, dice: &mut Dice, words: usize) -> String {
        let mut text = String::with_capacity(words * 8);
        for n in 0..words {
            if n > 0 {
                text.push(' ');
            }
            text.push_str(self.word((WORDS as f64).powf(dice.fraction()) as usize - 1));
        }
        text
    }
}

impl Default for Prose {
    fn default() -> Self {
        Self::new()
    }
}
