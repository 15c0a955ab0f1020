use std::fmt::Write as _;

use serde_json::Value;

/// A JSON object in the making, member by member: tokens are written once for each request.
pub(crate) struct JsonObject(String);

impl JsonObject {
    /// Starts one.
    pub(crate) fn new() -> Self {
        let mut text = String::with_capacity(USUAL);
        text.push('{');
        Self(text)
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.quoted(name);
        self.0.push(':');
    }

    /// Adds a string.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quoted(value);
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, name: &str, value: u64) {
        self.name(name);
        // A `String` takes whatever is written to it.
        let _ = write!(self.0, "{value}");
    }

    /// Adds an array of strings.
    pub(crate) fn list<'v>(&mut self, name: &str, values: impl Iterator<Item = &'v str>) {
        self.name(name);
        self.0.push('[');
        for (place, value) in values.enumerate() {
            if place > 0 {
                self.0.push(',');
            }
            self.quoted(value);
        }
        self.0.push(']');
    }

    /// Adds any value.
    pub(crate) fn value(&mut self, name: &str, value: &Value) {
        self.name(name);
        self.0.push_str(&value.to_string());
    }

    /// RFC 8259 §7. Nearly every text stands as it is.
    fn quoted(&mut self, text: &str) {
        // All bytes are looked at, which is faster than to stop at the first: the compiler takes many at once.
        let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if !text.bytes().fold(true, |so_far, byte| so_far & is_plain(byte)) {
            self.0.push_str(&quoted(text));
            return;
        }
        self.0.push('"');
        self.0.push_str(text);
        self.0.push('"');
    }

    /// Ends it, and returns the text.
    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// Writes a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Room for most of them.
const USUAL: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let strange = "a\"\\\n\u{0}\u{1f}\u{7f}é\u{2028}😀</script>";
        let mut json = JsonObject::new();
        json.text("plain", "word");
        json.text(strange, strange);
        json.number("most", u64::MAX);
        json.list("none", std::iter::empty());
        json.list("two", ["a", strange].into_iter());
        json.value("value", &serde_json::json!({"a": [null, 1.5]}));
        let read: Value = serde_json::from_str(&json.end()).unwrap();
        let expected = serde_json::json!({
            "plain": "word", strange: strange, "most": u64::MAX, "none": [], "two": ["a", strange],
            "value": {"a": [null, 1.5]},
        });
        assert_eq!(read, expected);
        assert_eq!(JsonObject::new().end(), "{}");
    }
}
