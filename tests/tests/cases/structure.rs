//! What makes a text a signed JWT: three parts, strict base64url, strict JSON (RFC 7515 §7.1, RFC 8259).

use scopa_testing::TestIssuer;

use super::client::get;
use super::forge::{encode, hs256, shared, with_part, with_stray_bits};
use super::want::{bad_token, page, page_for};
use super::{Group, Want};

/// The parts and their spelling.
pub(crate) fn parts(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("structure: parts");
    let t = issuer.token().sign();
    let [header, claims, signature] = super::forge::parts(&t);
    // A signature with characters that the other alphabet writes differently.
    let mut tokens = std::iter::repeat_with(|| issuer.token().sign());
    let other = tokens.find(|token| super::forge::parts(token)[2].contains(['-', '_'])).unwrap();
    let standard = with_part(&other, 2, |part| part.replace('-', "+").replace('_', "/"));

    let rows: Vec<(&str, String, Want)> = vec![
        ("one part", "a".into(), bad_token("not_a_jwt")),
        ("one dot", ".".into(), bad_token("not_a_jwt")),
        ("two dots", "..".into(), bad_token("not_a_jwt")),
        ("two parts", "a.b".into(), bad_token("not_a_jwt")),
        ("three letters", "a.b.c".into(), bad_token("not_a_jwt")),
        ("three JSON strings", "IiI.IiI.IiI".into(), bad_token("not_a_jwt")),
        ("an opaque token", "0fB7hQ2vXz9kLmNpRsTuVw".into(), bad_token("not_a_jwt")),
        ("a fourth part that is empty", format!("{t}."), bad_token("not_a_jwt")),
        ("a first part that is empty", format!(".{t}"), bad_token("not_a_jwt")),
        ("five parts", format!("{t}.a.b"), bad_token("encrypted")),
        ("five empty parts", "....".into(), bad_token("encrypted")),
        ("six parts", format!("{t}.a.b.c"), bad_token("not_a_jwt")),
        ("header and claims only", format!("{header}.{claims}"), bad_token("not_a_jwt")),
        ("an empty signature", format!("{header}.{claims}."), bad_token("bad_signature")),
        ("an empty payload", format!("{header}..{signature}"), bad_token("bad_signature")),
        ("an empty header", format!(".{claims}.{signature}"), bad_token("not_a_jwt")),
        ("padding on the header", format!("{header}=.{claims}.{signature}"), bad_token("not_a_jwt")),
        ("padding on the signature", format!("{t}=="), bad_token("not_a_jwt")),
        ("the signature in the other alphabet", standard, bad_token("not_a_jwt")),
        ("stray bits in the signature", with_part(&t, 2, with_stray_bits), bad_token("not_a_jwt")),
        ("a tilde in the signature", with_part(&t, 2, |part| format!("{part}~")), bad_token("not_a_jwt")),
        (
            "one character less",
            with_part(&t, 2, |part| part.chars().skip(1).collect()),
            bad_token("not_a_jwt"),
        ),
    ];
    for (name, token, want) in rows {
        group.row(name, get("/any").bearer(token), want);
    }

    // What follows is signed as it is written, with the secret that `/secret` knows.
    let header = encode(r#"{"alg":"HS256"}"#);
    let good = serde_json::json!({
        "iss": issuer.issuer(), "aud": issuer.audience(), "exp": NOW + 60, "sub": "user-1",
    });
    let signed = |header: &str, claims: &str| hs256(TestIssuer::secret(), header, claims);
    let odd = [good.to_string(), format!("{good} "), format!("{good}  ")];
    let odd = odd.into_iter().map(encode).find(|claims| claims.len() % 4 > 1).unwrap();
    for (name, token, want) in [
        ("a good payload", signed(&header, &encode(good.to_string())), page()),
        ("a payload that is empty", signed(&header, ""), bad_token("not_a_jwt")),
        ("a payload with padding", signed(&header, &format!("{odd}=")), bad_token("not_a_jwt")),
        ("a payload with stray bits", signed(&header, &with_stray_bits(&odd)), bad_token("not_a_jwt")),
        ("a payload that is not encoded", signed(&header, "e30~"), bad_token("not_a_jwt")),
    ] {
        group.row(name, get("/secret").bearer(token), want);
    }
    group
}

/// The JSON in the parts.
pub(crate) fn json(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("structure: JSON");
    for (name, header, want) in [
        ("an array", r#"[{"alg":"ES256","kid":"es256"}]"#, bad_token("not_a_jwt")),
        ("a string", r#""ES256""#, bad_token("not_a_jwt")),
        ("a number", "1", bad_token("not_a_jwt")),
        ("null", "null", bad_token("not_a_jwt")),
        ("nothing", "", bad_token("not_a_jwt")),
        ("no members", "{}", bad_token("not_a_jwt")),
        ("no alg", r#"{"kid":"es256"}"#, bad_token("not_a_jwt")),
        ("alg twice", r#"{"alg":"ES256","kid":"es256","alg":"none"}"#, bad_token("not_a_jwt")),
        ("alg twice, once escaped", r#"{"alg":"ES256","\u0061lg":"none"}"#, bad_token("not_a_jwt")),
        ("kid twice", r#"{"alg":"ES256","kid":"es256","kid":"es256"}"#, bad_token("not_a_jwt")),
        ("a comment", r#"{"alg":"ES256",/*c*/"kid":"es256"}"#, bad_token("not_a_jwt")),
        ("a comma at the end", r#"{"alg":"ES256","kid":"es256",}"#, bad_token("not_a_jwt")),
        ("single quotes", "{'alg':'ES256'}", bad_token("not_a_jwt")),
        ("text after it", r#"{"alg":"ES256","kid":"es256"} {}"#, bad_token("not_a_jwt")),
        ("a byte order mark", "\u{feff}{\"alg\":\"ES256\"}", bad_token("not_a_jwt")),
        ("half a surrogate pair", r#"{"alg":"ES256","x":"\ud800"}"#, bad_token("not_a_jwt")),
        ("white space", " {\"alg\" :\t\"ES256\",\r\n\"kid\":\"es256\"} ", page()),
        ("an escaped letter", r#"{"\u0061lg":"ES\u003256","kid":"es256"}"#, page()),
    ] {
        group.row(
            format!("header: {name}"),
            get("/any").bearer(issuer.token().raw_header(header).sign()),
            want,
        );
    }
    let deep = format!(r#"{{"alg":"ES256","x":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    group.row(
        "header: nested 10 000 deep",
        get("/any").bearer(hs256(b"", &encode(deep), "e30")),
        bad_token("too_long"),
    );
    let deep = format!(r#"{{"alg":"ES256","x":{}{}}}"#, "[".repeat(100), "]".repeat(100));
    group.row(
        "header: nested 100 deep",
        get("/any").bearer(issuer.token().raw_header(deep).sign()),
        bad_token("not_a_jwt"),
    );

    let (iss, aud) = (issuer.issuer(), issuer.audience());
    let members = format!(r#""iss":"{iss}","aud":"{aud}","exp":{},"sub":"user-1","scope":"alpha""#, NOW + 60);
    let deep = |levels: usize| format!(r#"{{{members},"x":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    let many: String = (0..300).map(|number| format!(r#","claim{number}":{number}"#)).collect();
    let rows: Vec<(&str, String, Want)> = vec![
        ("the plain members", format!("{{{members}}}"), page()),
        ("white space around them", format!("\n {{{members}}}\t"), page()),
        ("300 more", format!("{{{members}{many}}}"), page()),
        ("nested 31 deep", deep(31), page()),
        ("nested 32 deep", deep(32), bad_token("not_a_jwt")),
        ("nested 1000 deep", deep(1000), bad_token("not_a_jwt")),
        ("an array", format!("[{{{members}}}]"), bad_token("not_a_jwt")),
        ("a token in a string", r#""eyJhbGciOiJub25lIn0.e30.""#.into(), bad_token("not_a_jwt")),
        ("no members", "{}".into(), bad_token("missing_claim")),
        ("text after it", format!("{{{members}}}x"), bad_token("not_a_jwt")),
        ("a second object after it", format!("{{{members}}}{{{members}}}"), bad_token("not_a_jwt")),
        ("a NUL after it", format!("{{{members}}}\0"), bad_token("not_a_jwt")),
        ("a byte order mark", format!("\u{feff}{{{members}}}"), bad_token("not_a_jwt")),
        ("a comma at the end", format!("{{{members},}}"), bad_token("not_a_jwt")),
        (
            "scope twice, the narrower last",
            format!(r#"{{{members},"scope":"beta"}}"#),
            bad_token("not_a_jwt"),
        ),
        (
            "scope twice, once escaped",
            format!(r#"{{{members},"sc\u006fpe":"admin"}}"#),
            bad_token("not_a_jwt"),
        ),
        ("aud twice", format!(r#"{{{members},"aud":"https://other.example"}}"#), bad_token("not_a_jwt")),
        ("exp twice, the same", format!(r#"{{{members},"exp":{}}}"#, NOW + 60), bad_token("not_a_jwt")),
        (
            "a member twice in a nested object",
            format!(r#"{{{members},"x":{{"a":1,"a":2}}}}"#),
            bad_token("not_a_jwt"),
        ),
        ("NaN", format!(r#"{{{members},"x":NaN}}"#), bad_token("not_a_jwt")),
        ("Infinity", format!(r#"{{{members},"x":Infinity}}"#), bad_token("not_a_jwt")),
        ("a number with a leading zero", format!(r#"{{{members},"x":01}}"#), bad_token("not_a_jwt")),
        ("a number beyond all types", format!(r#"{{{members},"x":1e999}}"#), page()),
        ("half a surrogate pair", format!(r#"{{{members},"x":"\udc00"}}"#), bad_token("not_a_jwt")),
        ("a line break in a string", format!("{{{members},\"x\":\"a\nb\"}}"), bad_token("not_a_jwt")),
        (
            "a subject beyond ASCII",
            format!("{{{members}}}").replace("user-1", "Zoë 🐝"),
            page_for(r#""Zoë 🐝""#),
        ),
        (
            "a subject with quotes",
            format!("{{{members}}}").replace("user-1", r#"a\"b"#),
            page_for(r#""a\"b""#),
        ),
    ];
    for (name, claims, want) in rows {
        group.row(
            format!("claims: {name}"),
            get("/any").bearer(issuer.token().raw_claims(claims).sign()),
            want,
        );
    }
    let broken = [format!("{{{members},\"x\":\"").as_bytes(), b"\xff\"}"].concat();
    group.row("claims: not UTF-8", get("/secret").bearer(shared(broken)), bad_token("not_a_jwt"));
    group
}

/// The clock of the test issuer.
pub(crate) const NOW: u64 = 1_795_333_600;
