//! Everything a payload said that Firebell has no field for: kept and shown, within reason.

use serde_json::{Map, Value, json};

/// Bytes of one alert's details, as JSON.
pub const DETAILS_MAX: usize = 64 * 1024;
/// Bytes that what a batch says once may take when it is kept with each of its alerts.
const SHARED_MAX: usize = 4 * 1024 * 1024;

/// The details of one alert; when they are too large, a mark that says so takes their place.
pub fn keep(map: Map<String, Value>) -> Value {
    let value = Value::Object(map);
    let size = size_of(&value);
    if size <= DETAILS_MAX { value } else { dropped(size) }
}

/// What a batch says once, fit to be kept with each of `alerts` alerts.
pub fn shared(map: Map<String, Value>, alerts: usize) -> Map<String, Value> {
    let value = Value::Object(map);
    let size = size_of(&value);
    match (value, dropped(size)) {
        (Value::Object(map), _) if size <= DETAILS_MAX / 2 && size.saturating_mul(alerts) <= SHARED_MAX => {
            map
        }
        (_, Value::Object(mark)) => mark,
        _ => Map::new(),
    }
}

fn dropped(size: usize) -> Value {
    json!({ "dropped": format!("The details were {size} bytes long and are not kept; 65536 is the most.") })
}

fn size_of(value: &Value) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => counter.0,
        Err(_) => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_details_are_dropped_with_a_mark() {
        let mut map = Map::new();
        map.insert("dump".into(), Value::String("x".repeat(100_000)));
        let kept = keep(map);
        assert!(kept["dropped"].as_str().unwrap().contains("not kept"), "{kept}");
        assert!(kept.get("dump").is_none());
    }

    #[test]
    fn what_a_batch_says_once_does_not_grow_with_its_alerts() {
        let mut map = Map::new();
        map.insert("note".into(), Value::String("x".repeat(10_000)));
        assert!(shared(map.clone(), 5).contains_key("note"));
        assert!(shared(map, 10_000).contains_key("dropped"));
    }
}
