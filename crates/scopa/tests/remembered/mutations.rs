//! What is nearly a remembered token is not it.

use proptest::prelude::*;
use scopa_testing::TestIssuer;

use crate::{Alike, issuer};

/// Validators that have all seen this token, and others.
fn warm(issuer: &TestIssuer, token: &str) -> Alike {
    let alike = Alike::new(|| issuer.validator());
    for token in [token, &issuer.token().sign(), &issuer.bearer_with("read")[7..]] {
        assert_eq!(alike.status(token), 200);
    }
    alike
}

fn parts(token: &str) -> [&str; 3] {
    let mut parts = token.split('.');
    [(); 3].map(|()| parts.next().unwrap())
}

#[test]
fn every_request_near_a_remembered_token_is_answered_as_if_nothing_were_remembered() {
    let issuer = issuer();
    let token = issuer.token().scope("read").subject("user-7").sign();
    let other = issuer.token().scope("admin").subject("user-8").sign();
    let typed = issuer.token().scope("read").header("typ", "JWT").sign();
    let alike = warm(&issuer, &token);
    alike.status(&other);
    let ([header, payload, signature], [_, other_payload, other_signature]) = (parts(&token), parts(&other));
    let [other_header, ..] = parts(&typed);

    let mut texts = vec![
        format!("{header}.{other_payload}.{signature}"),
        format!("{header}.{payload}.{other_signature}"),
        format!("{other_header}.{payload}.{signature}"),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!(".{payload}.{signature}"),
        format!("{header}..{signature}"),
        format!("..{signature}"),
        format!("{payload}.{signature}"),
        signature.to_owned(),
        format!("{header}.{payload}.{signature}.{signature}"),
        format!("{header}.{payload}.{signature}{signature}"),
        format!("{token}."),
        format!("{token}="),
        format!("{token}=="),
        format!("{token}A"),
        format!("{token}\0"),
        format!("{token}%20"),
        format!("{token},{token}"),
        format!("{token} {token}"),
        format!("A{token}"),
        token.to_lowercase(),
        token.to_uppercase(),
        token.chars().rev().collect(),
        token.replace('.', "%2E"),
        format!("\"{token}\""),
        format!("Bearer {token}"),
    ];
    texts.extend((0..token.len()).map(|length| token[..length].to_owned()));
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = token.chars().last().unwrap();
    // The last character of a signature holds bits that stand for nothing.
    texts.extend(
        alphabet.chars().filter(|end| *end != last).map(|end| format!("{}{end}", &token[..token.len() - 1])),
    );
    for text in &texts {
        let answer = alike.answer(&[format!("Bearer {text}").as_bytes()]);
        assert!(!answer.starts_with("200"), "{text}: {answer}");
    }
    assert_eq!(alike.status(&token), 200);
}

#[test]
fn the_field_around_a_remembered_token_is_read_as_if_nothing_were_remembered() {
    let issuer = issuer();
    let token = issuer.token().sign();
    let alike = warm(&issuer, &token);
    for (field, status) in [
        (format!("Bearer {token}"), 200),
        (format!("bearer {token}"), 200),
        (format!("BEARER {token}"), 200),
        (format!("Bearer  {token}"), 200),
        (format!("Bearer          {token}"), 200),
        (format!("Bearer {token} "), 200),
        (format!("Bearer {token}\t"), 200),
        (format!(" Bearer {token}"), 200),
        (format!("Bearer {token}\u{b}"), 401),
        (format!("Bearer\t{token}"), 400),
        (format!("Bearer \t{token}"), 400),
        (format!("Bearer\u{a0}{token}"), 400),
        (format!("Bearer:{token}"), 400),
        (format!("Bearer,{token}"), 400),
        (format!("Bearer {token} x"), 400),
        (format!("Bearer {token}, Bearer {token}"), 400),
        (format!("Bearer {token},"), 401),
        (format!("Bearer token={token}"), 401),
        (format!("Bearer{token}"), 401),
        (format!("Bearer. {token}"), 401),
        (format!("DPoP {token}"), 401),
        (format!("Basic {token}"), 401),
        (format!("BearerX {token}"), 401),
        (format!("xBearer {token}"), 401),
        (token.clone(), 401),
        ("Bearer ".to_owned(), 400),
        ("Bearer".to_owned(), 400),
        (String::new(), 401),
    ] {
        let answer = alike.answer(&[field.as_bytes()]);
        assert_eq!(answer[..3], *status.to_string(), "{field:?}: {answer}");
    }
}

#[test]
fn two_fields_are_two_fields_although_both_are_remembered() {
    let issuer = issuer();
    let token = issuer.token().sign();
    let alike = warm(&issuer, &token);
    let field = format!("Bearer {token}");
    let field = field.as_bytes();
    for fields in [
        &[field, field][..],
        &[field, b""],
        &[b"", field],
        &[field, b"Basic dXNlcjpwYXNz"],
        &[b"Basic dXNlcjpwYXNz", field],
        &[field, field, field],
    ] {
        assert_eq!(alike.answer(fields)[..3], *"400");
    }
    assert_eq!(alike.answer(&[])[..3], *"401");
    assert_eq!(alike.answer(&[field])[..3], *"200");
}

#[test]
fn a_token_that_is_longer_than_any_may_be_is_refused_for_that() {
    let issuer = issuer();
    let alike = warm(&issuer, &issuer.token().sign());
    for length in [16 * 1024 + 1, 100_000] {
        let answer = alike.answer(&[[b"Bearer ".to_vec(), vec![b'a'; length]].concat().as_slice()]);
        assert!(answer.starts_with("401") && answer.contains("longer than 16384 bytes"), "{answer}");
    }
}

/// One change to the bytes of a field.
#[derive(Debug, Clone)]
enum Edit {
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Repeat(prop::sample::Index),
    Cut(prop::sample::Index),
    Flip(prop::sample::Index),
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match self {
            Self::Replace(at, byte) => bytes[at.index(length)] = *byte,
            Self::Insert(at, byte) => bytes.insert(at.index(length + 1), *byte),
            Self::Remove(at) => drop(bytes.remove(at.index(length))),
            Self::Swap(one, other) => bytes.swap(one.index(length), other.index(length)),
            Self::Repeat(from) => bytes.extend_from_within(from.index(length)..),
            Self::Cut(at) => bytes.truncate(at.index(length)),
            Self::Flip(at) => bytes[at.index(length)] ^= 0x20,
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    let byte = || prop_oneof![prop::sample::select(b" .-_=AZaz09~\t,\0".to_vec()), any::<u8>()];
    prop_oneof![
        (at(), byte()).prop_map(|(at, byte)| Edit::Replace(at, byte)),
        (at(), byte()).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        at().prop_map(Edit::Remove),
        (at(), at()).prop_map(|(one, other)| Edit::Swap(one, other)),
        at().prop_map(Edit::Repeat),
        at().prop_map(Edit::Cut),
        at().prop_map(Edit::Flip),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn whatever_is_changed_about_a_remembered_request_is_seen(
        edits in prop::collection::vec(edit(), 1..4),
    ) {
        thread_local! {
            static WARM: (Alike, String) = {
                let issuer = issuer();
                let token = issuer.token().scope("read").sign();
                (warm(&issuer, &token), format!("Bearer {token}"))
            };
        }
        WARM.with(|(alike, field)| {
            let mut bytes = field.clone().into_bytes();
            edits.iter().for_each(|edit| edit.apply(&mut bytes));
            let answer = alike.answer(&[&bytes]);
            if answer.starts_with("200") {
                // What the grammar lets one write in other ways, and nothing else.
                let text = String::from_utf8(bytes).unwrap();
                let (scheme, token) = text.trim().split_once(' ').unwrap();
                assert!(scheme.eq_ignore_ascii_case("bearer") && token.trim() == &field[7..], "{text}");
            }
        });
    }
}
