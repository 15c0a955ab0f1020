//! A strict reader of JSON objects (RFC 8259), for JOSE headers and JWT claims.
//!
//! One pass checks the whole text: UTF-8, grammar, depth, and that no object at any level names a member
//! twice (RFC 7515 §4, RFC 7519 §4). Strings without escapes are borrowed. What is nested is kept as checked
//! text and read again on demand, since most of it is never looked at.
//!
//! The types have no `Debug`: claims are not for logs.

mod reader;

use std::borrow::Cow;
use std::collections::HashSet;
use std::iter;

use serde::de::DeserializeOwned;

use reader::Reader;

/// The members of one object, in their order, each name once.
pub(crate) struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Object<'a> {
    /// Reads the whole of `bytes` as one object; `max_depth` counts this object as 1.
    ///
    /// # Errors
    /// A short reason, without any text of the input.
    pub(crate) fn parse(bytes: &'a [u8], max_depth: usize) -> Result<Self, &'static str> {
        let text = str::from_utf8(bytes).map_err(|_| "not UTF-8")?;
        let mut reader = Reader::new(text, max_depth);
        if !reader.next_is(b'{') {
            return Err("not a JSON object");
        }
        let object = reader.object(Vec::with_capacity(FEW_MEMBERS))?;
        reader.skip_space();
        if reader.is_at_end() { Ok(object) } else { Err("text after the JSON object") }
    }

    /// Returns the member of that name, compared after unescaping, byte for byte.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Goes through the members.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.members.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Goes through the names of the members.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_ref())
    }

    /// Tells whether a name occurs twice, in linear time whatever a stranger sends.
    fn has_duplicate(&self) -> bool {
        if self.members.len() <= FEW_MEMBERS {
            let mut members = self.members.iter().enumerate();
            return members
                .any(|(at, (name, _))| self.members.iter().take(at).any(|(earlier, _)| earlier == name));
        }
        let mut seen = HashSet::with_capacity(self.members.len());
        !self.members.iter().all(|(name, _)| seen.insert(name.as_ref()))
    }
}

/// One JSON value; strings are unescaped, numbers and what is nested keep their text.
#[derive(Clone)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(Number<'a>),
    String(Cow<'a, str>),
    Array(Array<'a>),
    Object(Nested<'a>),
}

impl Value<'_> {
    /// Reads the value into a type.
    pub(crate) fn read_into<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        match self {
            Self::Null => serde_json::from_value(serde_json::Value::Null),
            Self::Bool(value) => serde_json::from_value((*value).into()),
            Self::Number(number) => serde_json::from_str(number.0),
            Self::String(text) => serde_json::from_value(serde_json::Value::String(text.to_string())),
            Self::Array(Array(text)) | Self::Object(Nested(text)) => serde_json::from_str(text),
        }
    }

    /// Returns the text of a string, `None` for every other type.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

/// A number as it is written: no digit is lost, none is rounded.
#[derive(Clone, Copy)]
pub(crate) struct Number<'a>(&'a str);

impl<'a> Number<'a> {
    /// Returns the text of the number, in the grammar of RFC 8259 §6.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &'a str {
        self.0
    }

    /// Returns the number as a NumericDate (RFC 7519 §2), in whole seconds since 1970-01-01T00:00:00Z.
    ///
    /// Fractions are dropped. `None` below 0 and after 9999-12-31T23:59:59Z. Computed on the decimal digits:
    /// nothing is rounded on the way, whatever the number of digits.
    pub(crate) fn seconds(&self) -> Option<u64> {
        // As nearly all are: digits and nothing else, and too few of them to overflow.
        if self.0.len() <= 12 && self.0.bytes().all(|byte| byte.is_ascii_digit()) {
            let seconds = self.0.bytes().fold(0, |seconds, digit| 10 * seconds + u64::from(digit - b'0'));
            return (seconds <= LAST_SECOND).then_some(seconds);
        }
        let (decimal, exponent) = self.0.split_once(['e', 'E']).unwrap_or((self.0, "0"));
        let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
        let (negative, whole) = whole.strip_prefix('-').map_or((false, whole), |whole| (true, whole));

        let digits = whole.chars().chain(fraction.chars());
        if digits.clone().all(|digit| digit == '0') {
            return Some(0);
        }
        if negative {
            return None;
        }
        // A sign and digits, so the one way to fail is an exponent beyond 64 bits.
        let beyond = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
        let exponent = exponent.parse::<i64>().unwrap_or(beyond);
        let before_point = i64::try_from(whole.len()).unwrap_or(i64::MAX).saturating_add(exponent);
        let before_point = usize::try_from(before_point.max(0)).unwrap_or(usize::MAX);

        // Ends soon whatever the exponent: some digit is not 0, so a dozen more zeros pass the limit.
        digits.chain(iter::repeat('0')).take(before_point).try_fold(0, |seconds, digit| {
            let seconds = seconds * 10 + u64::from(digit.to_digit(10)?);
            (seconds <= LAST_SECOND).then_some(seconds)
        })
    }
}

/// An array inside an object, already checked.
#[derive(Clone, Copy)]
pub(crate) struct Array<'a>(&'a str);

impl<'a> Array<'a> {
    /// Returns the text of this array.
    pub(crate) fn text(&self) -> &'a str {
        self.0
    }

    /// Reads the items one by one.
    pub(crate) fn items(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let mut reader = Reader::checked(self.0);
        // Before each item stands the bracket or a comma; after a bracket that closes at once, no value.
        iter::from_fn(move || if reader.eat(b'[') || reader.eat(b',') { reader.value().ok() } else { None })
            .fuse()
    }
}

/// An object inside an object, already checked.
#[derive(Clone, Copy)]
pub(crate) struct Nested<'a>(&'a str);

impl<'a> Nested<'a> {
    /// Returns the text of this object.
    pub(crate) fn text(&self) -> &'a str {
        self.0
    }

    /// Reads the members of this object.
    pub(crate) fn read(&self) -> Object<'a> {
        Reader::checked(self.0).object(Vec::new()).unwrap_or(Object { members: Vec::new() })
    }
}

/// Up to here comparing every pair is faster than hashing.
const FEW_MEMBERS: usize = 16;

/// 9999-12-31T23:59:59Z, the last moment with a four-digit year (RFC 3339 §1).
pub(crate) const LAST_SECOND: u64 = 253_402_300_799;

#[cfg(test)]
pub(crate) mod tests {
    use std::ops::Range;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;

    type Json = serde_json::Value;

    #[test]
    fn every_type_is_read_and_strings_without_escapes_are_borrowed() {
        let text = " \t\r\n{ \"null\" : null,\"t\":true,\"f\":false,\"n\":-1.50e+2,\
            \"s\":\"é/€\",\"e\":\"\\n\",\"\":\"\",\
            \"a\":[ 1 , \"x\" , [ ] , { } ],\"o\":{ \"in\" : [null] } } \r\n";
        let object = read(text);
        assert!(matches!(object.get("null"), Some(Value::Null)));
        assert!(matches!(object.get("t"), Some(Value::Bool(true))));
        assert!(matches!(object.get("f"), Some(Value::Bool(false))));
        assert!(matches!(object.get("n"), Some(Value::Number(number)) if number.text() == "-1.50e+2"));
        assert!(matches!(object.get("s"), Some(Value::String(Cow::Borrowed("é/€")))));
        assert!(matches!(object.get("e"), Some(Value::String(Cow::Owned(text))) if text == "\n"));
        assert!(matches!(object.get(""), Some(Value::String(Cow::Borrowed("")))));
        assert!(object.get("in").is_none() && object.get("S").is_none());
        assert_eq!(object.get("s").and_then(Value::as_str), Some("é/€"));
        assert_eq!(object.get("n").and_then(Value::as_str), None);
        let names: Vec<_> = object.members().map(|(name, _)| name).collect();
        assert_eq!(names, ["null", "t", "f", "n", "s", "e", "", "a", "o"]);

        let Some(Value::Array(array)) = object.get("a") else { panic!("`a` is an array") };
        let items: Vec<_> = array.items().collect();
        let [Value::Number(one), Value::String(x), Value::Array(empty), Value::Object(nested)] = &items[..]
        else {
            panic!("`a` has these four items")
        };
        assert_eq!((one.text(), x.as_ref(), empty.items().count()), ("1", "x", 0));
        assert_eq!(nested.read().members().count(), 0);
        let Some(Value::Object(nested)) = object.get("o") else { panic!("`o` is an object") };
        assert!(matches!(nested.read().get("in"), Some(Value::Array(array)) if array.items().count() == 1));
    }

    #[test]
    fn escapes_mean_what_rfc_8259_says() {
        for (written, meant) in [
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"a\u0062c", "abc"),
            (r"\u00E9\u00e9\u20aC", "éé€"),
            (r"\u0000\u001f\u007f", "\0\u{1f}\u{7f}"),
            (r"\ud83d\ude00 \uD83D\uDE00", "😀 😀"),
            (r"\ud800\udc00\udbff\udfff", "\u{10000}\u{10ffff}"),
            (r"\ud7ff\ue000\uffff", "\u{d7ff}\u{e000}\u{ffff}"),
            ("\u{7f}\u{2028}\u{feff}", "\u{7f}\u{2028}\u{feff}"),
        ] {
            let text = format!(r#"{{"{written}":"{written}"}}"#);
            assert_eq!(read(&text).get(meant).and_then(Value::as_str), Some(meant), "{written}");
        }
    }

    #[test]
    fn what_is_not_strict_json_is_refused_with_a_reason() {
        for (value, reason) in [
            ("", "expected a JSON value"),
            ("nul", "expected a JSON value"),
            ("nulll", LIST),
            ("True", "expected a JSON value"),
            ("NaN", "expected a JSON value"),
            ("Infinity", "expected a JSON value"),
            ("-Infinity", "malformed number"),
            ("+1", "expected a JSON value"),
            (".5", "expected a JSON value"),
            ("'a'", "expected a JSON value"),
            ("/* */ 1", "expected a JSON value"),
            ("1 // one", LIST),
            ("1,", "expected a string"),
            ("[1,]", "expected a JSON value"),
            ("[,1]", "expected a JSON value"),
            ("[1 2]", LIST),
            ("[1", LIST),
            ("[1}", LIST),
            ("{1:2}", "expected a string"),
            ("{a:2}", "expected a string"),
            (r#"{"a" 2}"#, "expected `:` after a member name"),
            (r#"{"a":2,}"#, "expected a string"),
            (r#"{"a":2]"#, LIST),
            ("-", "malformed number"),
            ("--1", "malformed number"),
            ("00", LIST),
            ("01", LIST),
            ("-01", LIST),
            ("1.", "malformed number"),
            ("1.e1", "malformed number"),
            ("1e", "malformed number"),
            ("1e+", "malformed number"),
            ("1e1.0", LIST),
            ("0x10", LIST),
            ("1_000", LIST),
            ("\u{a0}1", "expected a JSON value"),
            ("\u{c}1", "expected a JSON value"),
            ("1\u{b}", LIST),
            ("\"a", "string without an end"),
            ("\"\n\"", "control character in a string"),
            ("\"\t\"", "control character in a string"),
            ("\"\0\"", "control character in a string"),
            ("\"\u{1f}\"", "control character in a string"),
            (r#""\a""#, "unknown escape in a string"),
            (r#""\'""#, "unknown escape in a string"),
            (r#""\U0041""#, "unknown escape in a string"),
            (r#""\x41""#, "unknown escape in a string"),
            (r#""\é""#, "malformed string"),
            (r#""\u004""#, "unknown escape in a string"),
            (r#""\u+041""#, "unknown escape in a string"),
            (r#""\u004g""#, "unknown escape in a string"),
            (r#""\u00é""#, "unknown escape in a string"),
            (r#""\u004é""#, "malformed string"),
            (r#""\ud83d""#, "lone surrogate in a string"),
            (r#""\ude00""#, "lone surrogate in a string"),
            (r#""\ude00\ud83d""#, "lone surrogate in a string"),
            (r#""\ud83d\ud83d""#, "lone surrogate in a string"),
            (r#""\ud83d\u0041""#, "lone surrogate in a string"),
            (r#""\ud83d\n""#, "lone surrogate in a string"),
            (r#""\ud83d\ude0""#, "unknown escape in a string"),
        ] {
            assert_eq!(refusal(&format!(r#"{{"a":{value}}}"#)), reason, "{value:?}");
            assert_eq!(refusal(&format!(r#"{{"a":[{{"b":{value}}}]}}"#)), reason, "nested {value:?}");
        }
    }

    #[test]
    fn the_text_is_one_object_and_nothing_else() {
        for (text, reason) in [
            ("", "not a JSON object"),
            (" ", "not a JSON object"),
            ("null", "not a JSON object"),
            ("[]", "not a JSON object"),
            ("[{}]", "not a JSON object"),
            ("\"{}\"", "not a JSON object"),
            ("\u{feff}{}", "not a JSON object"),
            ("//\n{}", "not a JSON object"),
            ("{", "expected a string"),
            ("{}}", "text after the JSON object"),
            ("{}{}", "text after the JSON object"),
            ("{},", "text after the JSON object"),
            ("{}\0", "text after the JSON object"),
            ("{}\u{a0}", "text after the JSON object"),
            ("{} \t\r\n", "accepted"),
        ] {
            assert_eq!(refusal(text), reason, "{text:?}");
        }
    }

    #[test]
    fn a_name_occurs_once_however_it_is_spelled() {
        for (text, reason) in [
            (r#"{"scope":"a","scope":"a"}"#, "duplicate member"),
            (r#"{"scope":"a","exp":1,"sc\u006fpe":"b"}"#, "duplicate member"),
            (r#"{"sc\u006Fpe":"a","\u0073cope":"b"}"#, "duplicate member"),
            (r#"{"\/":1,"/":2}"#, "duplicate member"),
            (r#"{"😀":1,"\ud83d\ude00":2}"#, "duplicate member"),
            (r#"{"":1,"":2}"#, "duplicate member"),
            (r#"{"a":{"b":1,"b":2}}"#, "duplicate member"),
            (r#"{"a":[[{"c":0},{"b":1,"\u0062":2}]]}"#, "duplicate member"),
            (r#"{"a":1,"A":2,"a ":3,"á":4,"a\u0301":5,"a\u0000":6}"#, "accepted"),
            (r#"{"a":{"a":[{"a":1},{"a":2}]}}"#, "accepted"),
        ] {
            assert_eq!(refusal(text), reason, "{text}");
        }
    }

    #[test]
    fn a_duplicate_is_found_among_few_members_and_among_many() {
        for count in [2, FEW_MEMBERS - 1, FEW_MEMBERS, FEW_MEMBERS + 1, 300] {
            let distinct = members(count);
            assert_eq!(read(&format!("{{{distinct}}}")).members().count(), count);
            for duplicate in [0, count / 2, count - 1] {
                let text = format!(r#"{{{distinct},"\u006e{duplicate}":null}}"#);
                assert_eq!(refusal(&text), "duplicate member", "n{duplicate} of {count}");
                assert_eq!(refusal(&format!(r#"{{"o":[{text}]}}"#)), "duplicate member");
            }
        }
    }

    #[test]
    fn a_hundred_thousand_members_are_read() {
        // Comparing all pairs, 5 000 000 000 of them, would not end in the time of a test run.
        assert_eq!(refusal(&format!("{{{}}}", members(100_000))), "accepted");
    }

    #[test]
    fn depth_is_bounded_and_so_is_the_stack() {
        let objects = |depth| format!("{}{{}}{}", r#"{"a":"#.repeat(depth - 1), "}".repeat(depth - 1));
        let arrays = |depth| format!(r#"{{"a":{}{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1));
        for limit in [2, 16, 32] {
            for text in [objects(limit), arrays(limit)] {
                assert!(Object::parse(text.as_bytes(), limit).is_ok(), "{limit}");
            }
            for text in [objects(limit + 1), arrays(limit + 1), objects(100_000), "{\"a\":[".repeat(100_000)]
            {
                assert_eq!(Object::parse(text.as_bytes(), limit).err(), Some("nested too deeply"), "{limit}");
            }
        }
        assert!(Object::parse(b"{}", 1).is_ok());
        assert_eq!(Object::parse(br#"{"a":[]}"#, 1).err(), Some("nested too deeply"));
        assert_eq!(Object::parse(b"{}", 0).err(), Some("nested too deeply"));
        // Siblings do not add up.
        let siblings = format!(r#"{{"a":[{}1]}}"#, "[[]],{},".repeat(100));
        assert_eq!(refusal(&siblings), "accepted");
    }

    #[test]
    fn invalid_utf8_is_refused_even_where_nobody_reads() {
        for bytes in [&b"\xff"[..], b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"] {
            let text = [br#"{"scope":"a","unread":["#, &b"\""[..], bytes, b"\"]}"].concat();
            assert_eq!(Object::parse(&text, 32).err(), Some("not UTF-8"), "{bytes:x?}");
        }
    }

    #[test]
    fn a_numeric_date_is_a_decimal_of_whole_seconds_until_the_year_9999() {
        let zeros = "0".repeat(5000);
        let tiny = format!("0.{zeros}17953336e5010");
        let huge = format!("17953336{zeros}e-4998");
        for (number, seconds) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("-0.0e-7", Some(0)),
            ("0e99999999999999999999", Some(0)),
            ("1", Some(1)),
            ("-1", None),
            ("-0.5", None),
            ("-1e-400", None),
            ("1795333600", Some(1_795_333_600)),
            ("1795333600.0", Some(1_795_333_600)),
            ("1795333600.999999999999999999999999", Some(1_795_333_600)),
            ("17953336e2", Some(1_795_333_600)),
            ("17953336E+2", Some(1_795_333_600)),
            ("1.7953336e9", Some(1_795_333_600)),
            ("1.79533360059e9", Some(1_795_333_600)),
            ("179533360099e-2", Some(1_795_333_600)),
            ("1e10", Some(10_000_000_000)),
            ("1e00000000000000000000000000010", Some(10_000_000_000)),
            ("1.5e3", Some(1500)),
            ("1.5", Some(1)),
            ("0.99999", Some(0)),
            ("15e-1", Some(1)),
            ("9e-1", Some(0)),
            ("1e-400", Some(0)),
            ("1e-99999999999999999999", Some(0)),
            ("253402300799", Some(253_402_300_799)),
            ("253402300799.9", Some(253_402_300_799)),
            ("253402300800", None),
            ("1e12", None),
            ("1795333600000", None),
            ("18446744073709551616", None),
            ("18446744075505", None),
            ("1e18", None),
            ("1e30", None),
            ("1e999", None),
            ("1e9223372036854775807", None),
            ("1e-9223372036854775808", Some(0)),
            ("123e9223372036854775807", None),
            ("1e99999999999999999999", None),
            ("1e+99999999999999999999", None),
            (&tiny, Some(1_795_333_600)),
            (&huge, Some(1_795_333_600)),
        ] {
            let text = format!(r#"{{"exp":{number}}}"#);
            let object = read(&text);
            let Some(Value::Number(read)) = object.get("exp") else { panic!("{number} is a number") };
            assert_eq!(read.seconds(), seconds, "{number:.40}");
            assert!(read.text() == number, "{number:.40}");
        }
    }

    #[test]
    fn mutated_claims_never_panic_and_are_read_as_serde_json_reads_them() {
        let valid = [
            r#"{"iss":"https://id.example.com","aud":["a","b"],"exp":1795333600,"scope":"orders:read x"}"#,
            r#"{"realm_access":{"roles":["a","\u0062",{}]},"n":[-0.5e-3,0,1E+2],"e":"\ud83d\ude00\n"}"#,
            r#"{ "a" : { "b" : [ true , false , [ ] ] } , "c" : "é€😀" }"#,
        ];
        let mut mutations = Mutations::new();
        let mut accepted = 0;
        for _ in 0..80_000 {
            for valid in valid {
                accepted += usize::from(agrees_with_serde_json(&mutations.of(valid.as_bytes())));
            }
        }
        assert!(accepted > 5_000, "only {accepted} mutations were still JSON");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_serde_json_writes_is_read_back(theirs in object_of(json(), 0..40), pretty: bool) {
            let text = if pretty { format!("{theirs:#}") } else { theirs.to_string() };
            prop_assert!(agrees_with_serde_json(text.as_bytes()), "{}", text);
        }

        #[test]
        fn whatever_is_read_is_what_serde_json_reads(parts in vec(prop::sample::select(FRAGMENTS), 0..9)) {
            let soup = parts.concat();
            agrees_with_serde_json(soup.as_bytes());
            agrees_with_serde_json(format!(r#"{{"a":{soup}}}"#).as_bytes());
            agrees_with_serde_json(format!(r#"{{"a":["{soup}"]}}"#).as_bytes());
        }
    }

    /// Asserts that both readers agree, and tells whether they accept.
    ///
    /// They may differ in this alone: we refuse duplicates and depth, it refuses numbers beyond `f64`.
    fn agrees_with_serde_json(bytes: &[u8]) -> bool {
        let shown = String::from_utf8_lossy(bytes);
        match (Object::parse(bytes, 32), serde_json::from_slice(bytes)) {
            (Ok(ours), Ok(Json::Object(theirs))) => assert!(same_members(&ours, &theirs), "{shown}"),
            (Ok(_), Ok(_)) => panic!("not an object: {shown}"),
            (Ok(_), Err(error)) => {
                assert!(error.to_string().contains("number out of range"), "{error}: {shown}")
            }
            (Err(reason), Ok(Json::Object(_))) => {
                assert!(["duplicate member", "nested too deeply"].contains(&reason), "{reason}: {shown}");
                return false;
            }
            (Err(_), _) => return false,
        }
        true
    }

    fn same_members(ours: &Object<'_>, theirs: &serde_json::Map<String, Json>) -> bool {
        ours.members().count() == theirs.len()
            && theirs.iter().all(|(name, theirs)| ours.get(name).is_some_and(|ours| same(ours, theirs)))
    }

    fn same(ours: &Value<'_>, theirs: &Json) -> bool {
        match (ours, theirs) {
            (Value::Null, Json::Null) => true,
            (Value::Bool(ours), Json::Bool(theirs)) => ours == theirs,
            (Value::String(ours), Json::String(theirs)) => ours == theirs,
            (Value::Number(ours), Json::Number(theirs)) => {
                if let Some(seconds) = theirs.as_u64() {
                    assert_eq!(ours.seconds(), Some(seconds).filter(|seconds| *seconds <= LAST_SECOND));
                } else if theirs.as_f64().is_some_and(|theirs| theirs < 0.0) {
                    assert_eq!(ours.seconds(), None);
                }
                serde_json::from_str::<serde_json::Number>(ours.text()).unwrap() == *theirs
            }
            (Value::Array(ours), Json::Array(theirs)) => {
                let ours: Vec<_> = ours.items().collect();
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
            }
            (Value::Object(ours), Json::Object(theirs)) => same_members(&ours.read(), theirs),
            _ => false,
        }
    }

    fn read(text: &str) -> Object<'_> {
        Object::parse(text.as_bytes(), 32).unwrap()
    }

    fn refusal(text: &str) -> &'static str {
        Object::parse(text.as_bytes(), 32).err().unwrap_or("accepted")
    }

    /// Writes `count` members named `n0`, `n1` and so on.
    fn members(count: usize) -> String {
        (0..count).map(|n| format!(r#""n{n}":{n}"#)).collect::<Vec<_>>().join(",")
    }

    fn string() -> impl Strategy<Value = String> {
        vec(any::<char>(), 0..8).prop_map(String::from_iter)
    }

    fn object_of(values: impl Strategy<Value = Json>, count: Range<usize>) -> impl Strategy<Value = Json> {
        btree_map(string(), values, count).prop_map(|members| Json::Object(members.into_iter().collect()))
    }

    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<u64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            string().prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![vec(inner.clone(), 0..6).prop_map(Json::from), object_of(inner, 0..6),]
        })
    }

    /// Random damage to valid bytes, the same in every run.
    pub(crate) struct Mutations(u64);

    impl Mutations {
        pub(crate) fn new() -> Self {
            Self(0x9e37_79b9_7f4a_7c15)
        }

        fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % bound as u64) as usize
        }

        pub(crate) fn of(&mut self, valid: &[u8]) -> Vec<u8> {
            let mut bytes = valid.to_vec();
            for _ in 0..=self.below(3) {
                let at = self.below(bytes.len().max(1)).min(bytes.len());
                let end = at + self.below(bytes.len() - at + 1);
                let tasty = TASTY[self.below(TASTY.len())];
                let any = self.below(256) as u8;
                match self.below(8) {
                    0 => bytes.insert(at, any),
                    1 | 2 => bytes.insert(at, tasty),
                    3 => drop(bytes.splice(at..end.min(at + 1), [tasty])),
                    4 => drop(bytes.splice(at..end.min(at + 1), [any])),
                    5 => drop(bytes.drain(at..end.min(at + 4))),
                    6 => bytes.extend_from_within(at..end),
                    _ => bytes.truncate(end),
                }
            }
            bytes
        }
    }

    const LIST: &str = "expected `,` or the end of an array or object";

    /// Bytes that mean something to a parser of JSON or base64url.
    const TASTY: &[u8] = b"{}[]\",:\\/u0019dD-+.eE \n=_";

    #[rustfmt::skip]
    const FRAGMENTS: &[&str] = &[
        "{", "}", "[", "]", ",", ":", "\"", "\\", " ", "\n", "\u{b}", "\0", "{}", "[]", "true", "null", "é",
        "-", "0", "1", "9", ".", ".5", "e", "E+", "e-2", "99", "\"a\"", "\"b\":", "\"\\u0061\":",
        "😀", "\\u", "d83d", "\\ud83d", "\\ude00", "\\u00", "\\n",
    ];
}
