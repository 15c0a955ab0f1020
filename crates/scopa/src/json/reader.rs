use std::borrow::Cow;

use super::{Array, Nested, Number, Object, Value};

/// A cursor over text that is UTF-8, by bytes: everything that JSON's grammar looks at is ASCII.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// How many more levels may be opened; bounds the recursion.
    room: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, room: usize) -> Self {
        Self { text, at: 0, room }
    }

    /// Starts over on text whose depth has been checked.
    pub(super) fn checked(text: &'a str) -> Self {
        Self::new(text, usize::MAX)
    }

    // RFC 8259 §3.
    pub(super) fn value(&mut self) -> Result<Value<'a>, &'static str> {
        self.skip_space();
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(b'{') => {
                self.object(Vec::new())?;
                Ok(Value::Object(Nested(self.since(start))))
            }
            Some(b'[') => {
                self.list(b'[', b']', |reader| reader.value().map(drop))?;
                Ok(Value::Array(Array(self.since(start))))
            }
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            _ => Err("expected a JSON value"),
        }
    }

    fn literal(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, &'static str> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err("expected a JSON value");
        }
        self.at += word.len();
        Ok(value)
    }

    // RFC 8259 §4.
    pub(super) fn object(
        &mut self,
        mut members: Vec<(Cow<'a, str>, Value<'a>)>,
    ) -> Result<Object<'a>, &'static str> {
        let mut seen = 0u64;
        let mut may_repeat = false;
        self.list(b'{', b'}', |reader| {
            reader.skip_space();
            let name = reader.string()?;
            if !reader.eat(b':') {
                return Err("expected `:` after a member name");
            }
            let mark = mark(&name);
            may_repeat |= seen & mark != 0;
            seen |= mark;
            members.push((name, reader.value()?));
            Ok(())
        })?;
        let object = Object { members };
        // Two equal names leave one mark, so without such a pair there is nothing to compare.
        if may_repeat && object.has_duplicate() { Err("duplicate member") } else { Ok(object) }
    }

    /// Reads what arrays and objects share: the brackets, the commas between items, and one level of depth.
    fn list(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        if !self.eat(open) {
            return Err("expected an array or object");
        }
        self.room = self.room.checked_sub(1).ok_or("nested too deeply")?;
        if !self.eat(close) {
            item(self)?;
            while !self.eat(close) {
                if !self.eat(b',') {
                    return Err("expected `,` or the end of an array or object");
                }
                item(self)?;
            }
        }
        self.room = self.room.saturating_add(1);
        Ok(())
    }

    // RFC 8259 §6.
    fn number(&mut self) -> Result<Number<'a>, &'static str> {
        let start = self.at;
        self.strip(|byte| byte == b'-');
        if !self.strip(|byte| byte == b'0') {
            self.digits()?;
        }
        if self.strip(|byte| byte == b'.') {
            self.digits()?;
        }
        if self.strip(|byte| matches!(byte, b'e' | b'E')) {
            self.strip(|byte| matches!(byte, b'+' | b'-'));
            self.digits()?;
        }
        Ok(Number(self.since(start)))
    }

    fn digits(&mut self) -> Result<(), &'static str> {
        let start = self.at;
        while self.strip(|byte| byte.is_ascii_digit()) {}
        if self.at == start { Err("malformed number") } else { Ok(()) }
    }

    // RFC 8259 §7.
    #[inline(always)]
    fn string(&mut self) -> Result<Cow<'a, str>, &'static str> {
        match self.plain_string() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.any_string().map(Cow::Owned),
        }
    }

    /// Reads a string in which nothing is escaped, as nearly all are.
    #[inline(always)]
    fn plain_string(&mut self) -> Option<&'a str> {
        let [b'"', rest @ ..] = self.rest() else { return None };
        let length = plain_run(rest)?;
        if rest.get(length) != Some(&b'"') {
            return None;
        }
        let text = self.text.get(self.at + 1..self.at + 1 + length)?;
        self.at += length + 2;
        Some(text)
    }

    #[cold]
    fn any_string(&mut self) -> Result<String, &'static str> {
        if !self.strip(|byte| byte == b'"') {
            return Err("expected a string");
        }
        let mut text = String::new();
        loop {
            text.push_str(self.take(plain_run(self.rest()).ok_or("string without an end")?)?);
            match self.next() {
                Some(b'"') => return Ok(text),
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err("control character in a string"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, &'static str> {
        match self.take(1)? {
            "u" => self.unicode(),
            "b" => Ok('\u{8}'),
            "t" => Ok('\t'),
            "n" => Ok('\n'),
            "f" => Ok('\u{c}'),
            "r" => Ok('\r'),
            "\"" => Ok('"'),
            "\\" => Ok('\\'),
            "/" => Ok('/'),
            _ => Err("unknown escape in a string"),
        }
    }

    /// Reads the four digits of one `\u`, and of the one after it where the first is a high surrogate.
    fn unicode(&mut self) -> Result<char, &'static str> {
        let first = self.hex()?;
        let mut units = [first, 0];
        if (0xd800..0xdc00).contains(&first) {
            if !self.rest().starts_with(b"\\u") {
                return Err("lone surrogate in a string");
            }
            self.at += 2;
            units = [first, self.hex()?];
        }
        // A lone low surrogate, or a high one without a low one after it, is an error of the first item.
        char::decode_utf16(units).next().and_then(Result::ok).ok_or("lone surrogate in a string")
    }

    fn hex(&mut self) -> Result<u16, &'static str> {
        let digits = self.take(4)?;
        // `from_str_radix` would take a plus sign.
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("unknown escape in a string");
        }
        u16::from_str_radix(digits, 16).map_err(|_| "unknown escape in a string")
    }

    // RFC 8259 §2: these four and no other white space.
    pub(super) fn skip_space(&mut self) {
        while self.strip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {}
    }

    pub(super) fn next_is(&mut self, token: u8) -> bool {
        self.skip_space();
        self.peek() == Some(token)
    }

    pub(super) fn eat(&mut self, token: u8) -> bool {
        self.skip_space();
        self.strip(|byte| byte == token)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.peek().is_none()
    }

    fn strip(&mut self, is_wanted: impl Fn(u8) -> bool) -> bool {
        let is_there = self.peek().is_some_and(is_wanted);
        self.at += usize::from(is_there);
        is_there
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, bytes: usize) -> Result<&'a str, &'static str> {
        let end = self.at + bytes;
        let taken = self.text.get(self.at..end).ok_or("malformed string")?;
        self.at = end;
        Ok(taken)
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }
}

/// Counts the bytes of a string up to what ends it or is escaped; `None` where nothing does. Eight bytes at a time.
#[inline(always)]
fn plain_run(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    while let Some((word, more)) = rest.split_first_chunk::<8>() {
        let stops = stops(u64::from_le_bytes(*word));
        if stops != 0 {
            return Some(bytes.len() - rest.len() + stops.trailing_zeros() as usize / 8);
        }
        rest = more;
    }
    let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))?;
    Some(bytes.len() - rest.len() + stop)
}

/// Sets the high bit of each byte that is a quotation mark, a backslash or a control character. Bytes above the
/// first of them may be set as well, by what it borrows.
fn stops(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let is_control = word.wrapping_sub(ONES * 0x20) & !word;
    (is_zero(word ^ (ONES * b'"' as u64)) | is_zero(word ^ (ONES * b'\\' as u64)) | is_control) & (ONES << 7)
}

/// One bit out of 64 for a name.
fn mark(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let of = |byte: Option<&u8>| byte.copied().unwrap_or_default();
    let middle = bytes.get(bytes.len() / 2);
    let sum = of(bytes.first())
        .wrapping_mul(5)
        .wrapping_add(of(middle).wrapping_mul(3))
        .wrapping_add(of(bytes.last()))
        .wrapping_add(bytes.len() as u8);
    1 << (sum & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_run_ends_before_the_first_byte_that_is_not_plain() {
        for length in 0..40 {
            assert_eq!(plain_run(&vec![b'a'; length]), None);
            for byte in 0..=255u8 {
                let is_stop = matches!(byte, b'"' | b'\\' | 0..=0x1f);
                // What stands after it makes no difference.
                for after in [b'a', b'"', 0, 0x80, 0xff, 0x20, 0x21] {
                    let mut text = vec![0xe9; length];
                    text.push(byte);
                    text.extend([after; 9]);
                    let after_stops = matches!(after, b'"' | 0);
                    let expected = match (is_stop, after_stops) {
                        (true, _) => Some(length),
                        (false, true) => Some(length + 1),
                        (false, false) => None,
                    };
                    assert_eq!(plain_run(&text), expected, "{length} {byte} {after}");
                }
            }
        }
    }

    #[test]
    fn the_claims_of_a_common_token_have_marks_of_their_own() {
        let names =
            ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id", "azp", "scp", "typ"];
        let marks = names.iter().fold(0, |marks, name| marks | mark(name));
        assert_eq!(marks.count_ones() as usize, names.len());
    }
}
