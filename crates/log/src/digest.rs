//! One number for everything a replica knows: equal when, and as good as only when, the states are.

use sha2::{Digest as _, Sha256};

/// A sum over parts, so that it does not matter in which order they are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateDigest {
    sum: [u64; 4],
    parts: u64,
}

impl StateDigest {
    /// Adds a part: what it is (a field, an entry, …) and its content.
    pub fn add(&mut self, name: &str, content: &str) {
        let mut hash = Sha256::new();
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update(content.as_bytes());
        let bytes = hash.finalize();
        for (sum, chunk) in self.sum.iter_mut().zip(bytes.chunks_exact(8)) {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            *sum = sum.wrapping_add(u64::from_le_bytes(word));
        }
        self.parts += 1;
    }
}

impl std::fmt::Display for StateDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c, d] = self.sum;
        write!(f, "{}:{a:016x}{b:016x}{c:016x}{d:016x}", self.parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_parts_does_not_matter_and_every_part_does() {
        let of = |parts: &[(&str, &str)]| {
            let mut digest = StateDigest::default();
            parts.iter().for_each(|(n, c)| digest.add(n, c));
            digest
        };
        assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("b", "2"), ("a", "1")]));
        assert_ne!(of(&[("a", "1")]), of(&[("a", "2")]));
        assert_ne!(of(&[("ab", "c")]), of(&[("a", "bc")]));
        assert_ne!(of(&[("a", "1")]), of(&[("a", "1"), ("a", "1")]));
    }
}
