//! Where credentials may stand in a request, and how they may be written (RFC 6750 §2, RFC 9110 §11).

use scopa_testing::TestIssuer;

use super::client::{Request, get};
use super::want::{bad_request, bad_token, no_token, page};
use super::{Group, Want};

/// Values of the one `Authorization` field, and several of them.
pub(crate) fn credentials(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("header: credentials");
    let t = issuer.token().sign();
    group.row("no field", get("/any"), no_token());

    let rows: Vec<(&str, String, Want)> = vec![
        ("an empty value", String::new(), no_token()),
        ("nothing but spaces", "   ".into(), no_token()),
        ("Basic", "Basic dXNlcjpwYXNz".into(), no_token()),
        ("Negotiate", "Negotiate YII=".into(), no_token()),
        ("DPoP with a good token", format!("DPoP {t}"), no_token()),
        ("a scheme that starts like Bearer", format!("Bearerx {t}"), no_token()),
        ("a scheme that ends like Bearer", format!("XBearer {t}"), no_token()),
        ("the scheme glued to the token", format!("Bearer{t}"), no_token()),
        ("the token without a scheme", t.clone(), no_token()),
        ("the scheme of a broken client", "undefined undefined".into(), no_token()),
        ("Bearer", format!("Bearer {t}"), page()),
        ("lower case", format!("bearer {t}"), page()),
        ("upper case", format!("BEARER {t}"), page()),
        ("mixed case", format!("bEaReR {t}"), page()),
        ("three spaces before the token", format!("Bearer   {t}"), page()),
        ("spaces around the value", format!("  Bearer {t}  "), page()),
        ("a tab after the value", format!("Bearer {t}\t"), page()),
        ("the scheme alone", "Bearer".into(), bad_request()),
        ("the scheme and a space", "Bearer ".into(), bad_request()),
        ("a tab before the token", format!("Bearer\t{t}"), bad_request()),
        ("a colon after the scheme", format!("Bearer: {t}"), bad_request()),
        ("a comma after the scheme", format!("Bearer, {t}"), bad_request()),
        ("an equals sign after the scheme", format!("Bearer={t}"), bad_request()),
        ("the scheme in quotes", format!("\"Bearer\" {t}"), bad_request()),
        ("a word after the token", format!("Bearer {t} extra"), bad_request()),
        ("a tab and a word after the token", format!("Bearer {t}\textra"), bad_request()),
        ("a parameter after the token", format!("Bearer {t}, realm=\"x\""), bad_request()),
        ("two credentials in one field", format!("Bearer {t}, Bearer {t}"), bad_request()),
        ("two credentials without a space", format!("Bearer {t},Bearer {t}"), bad_request()),
        ("the scheme twice", format!("Bearer Bearer {t}"), bad_request()),
        ("a comma after the token", format!("Bearer {t},"), bad_token("not_a_jwt")),
        ("two tokens with a comma between", format!("Bearer {t},{t}"), bad_token("not_a_jwt")),
        ("the token in quotes", format!("Bearer \"{t}\""), bad_token("not_a_jwt")),
        ("the token in angle brackets", format!("Bearer <{t}>"), bad_token("not_a_jwt")),
        ("the token as a parameter", format!("Bearer token={t}"), bad_token("not_a_jwt")),
        ("the token as a quoted parameter", format!("Bearer token=\"{t}\""), bad_token("not_a_jwt")),
        ("an equals sign for a token", "Bearer =".into(), bad_token("not_a_jwt")),
        ("padding after the token", format!("Bearer {t}="), bad_token("not_a_jwt")),
        ("a NUL in percent encoding", "Bearer %00".into(), bad_token("not_a_jwt")),
        ("a template that nobody filled in", "Bearer ${TOKEN}".into(), bad_token("not_a_jwt")),
        ("a letter beyond ASCII in the token", format!("Bearer {t}é"), bad_token("not_a_jwt")),
        ("a word for a token", "Bearer null".into(), bad_token("not_a_jwt")),
        ("7000 dots", format!("Bearer {}", ".".repeat(7000)), bad_token("not_a_jwt")),
        ("a good token of 16 KiB", format!("Bearer {}", sized(issuer, 16 * 1024)), page()),
        (
            "a good token one byte longer",
            format!("Bearer {}", sized(issuer, 16 * 1024 + 1)),
            bad_token("too_long"),
        ),
        ("a good token of 60 KiB", format!("Bearer {}", sized(issuer, 60 * 1024)), bad_token("too_long")),
    ];
    for (name, value, want) in rows {
        group.row(name, get("/any").authorization(value), want);
    }

    // Bytes that are no text.
    let with = |separator: &[u8]| [b"Bearer", separator, t.as_bytes()].concat();
    group.row("a no-break space before the token", get("/any").authorization(with(b"\xa0")), bad_request());
    group.row("a no-break space in UTF-8", get("/any").authorization(with(b"\xc2\xa0")), bad_request());
    group.row(
        "a byte beyond ASCII",
        get("/any").authorization([b"Bearer ", t.as_bytes(), b"\xff"].concat()),
        bad_token("not_a_jwt"),
    );

    let good = format!("Bearer {t}");
    for (name, first, second) in [
        ("two fields that agree", good.as_str(), good.as_str()),
        ("a second field of another scheme", &good, "Basic dXNlcjpwYXNz"),
        ("a first field of another scheme", "Basic dXNlcjpwYXNz", &good),
        ("a first field that is empty", "", &good),
        ("a second field that is empty", &good, ""),
        ("a second field with a bad token", &good, "Bearer forged"),
    ] {
        group.row(name, get("/any").authorization(first).authorization(second), bad_request());
    }
    let both = get("/any").field("authorization", &good).field("AUTHORIZATION", &good);
    group.row("two fields whose names differ in case", both, bad_request());
    group.row("the field name in mixed case", get("/any").field("aUTHORIZATION", &good), page());
    group
}

/// Tokens that stand anywhere else: none of them counts.
pub(crate) fn elsewhere(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("header: elsewhere");
    let t = issuer.token().sign();
    let good = format!("Bearer {t}");
    group.row("in the query", get(format!("/any?access_token={t}")), no_token());
    group.row("in the query, as the field", get(format!("/any?authorization=Bearer%20{t}")), no_token());
    let form = Request::new("POST", "/any").field("Content-Type", "application/x-www-form-urlencoded");
    group.row("in a form", form.clone().body("access_token=eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmVk"), no_token());
    let json = Request::new("POST", "/any").field("Content-Type", "application/json");
    group.row(
        "in a JSON body",
        json.body(r#"{"access_token":"eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmVk"}"#),
        no_token(),
    );
    for name in [
        "X-Authorization",
        "X-Access-Token",
        "X-Forwarded-Access-Token",
        "X-Forwarded-Authorization",
        "Proxy-Authorization",
        "Authorization-Token",
        "Authentication",
    ] {
        group.row(format!("in {name}"), get("/any").field(name, &good), no_token());
    }
    group.row(
        "in a cookie",
        get("/any").field("Cookie", format!("access_token={t}; authorization={t}")),
        no_token(),
    );
    group.row(
        "as the protocol of a WebSocket",
        get("/any").field("Sec-WebSocket-Protocol", format!("bearer, {t}")),
        no_token(),
    );

    // The field alone decides, whatever stands beside it.
    group.row("the field is good, the query is not", get("/any?access_token=forged").bearer(&t), page());
    group.row(
        "the query is good, the field is not",
        get(format!("/any?access_token={t}")).bearer("forged"),
        bad_token("not_a_jwt"),
    );
    group.row("the field is good, the form is not", form.body("access_token=forged").bearer(&t), page());
    group
}

/// Requests that are no HTTP. Each server's HTTP library refuses them, in its own words, before anybody asks for
/// a token; the other allowed answer is ours, to a bad token. A page never is.
pub(crate) fn refused_by_http(issuer: &TestIssuer) -> Vec<(&'static str, Request)> {
    let t = issuer.token().sign();
    let with = |value: &[&[u8]]| get("/any").authorization(value.concat());
    vec![
        ("a NUL after the token", with(&[b"Bearer ", t.as_bytes(), b"\0"])),
        ("a NUL before the token", with(&[b"Bearer \0", t.as_bytes()])),
        ("a control character", with(&[b"Bearer ", t.as_bytes(), b"\x01"])),
        ("a delete character", with(&[b"Bearer ", t.as_bytes(), b"\x7f"])),
        ("a bare carriage return", with(&[b"Bearer ", t.as_bytes(), b"\rX-Other: 1"])),
        ("a folded line", with(&[b"Bearer\r\n ", t.as_bytes()])),
        ("a folded line with a tab", with(&[b"Bearer\r\n\t", t.as_bytes()])),
        ("a space before the colon", get("/any").field("Authorization ", format!("Bearer {t}"))),
        ("a header of 1 MiB", get("/any").bearer("a".repeat(1 << 20))),
    ]
}

/// Other spellings of a guarded path. Frameworks differ in whether they are the same route, and all answers but
/// the page will do: not found, or no token.
pub(crate) fn paths_in_other_spellings() -> [&'static str; 14] {
    [
        "/%61ny",
        "/any%00",
        "/any%20",
        "/any/",
        "//any",
        "/./any",
        "/public/../any",
        "/public/..%2Fany",
        "/public%2F..%2Fany",
        "/ANY",
        "/any;v=1",
        "/any.json",
        "/teams/%2E%2E/any",
        "/tree/open/../closed",
    ]
}

/// Writes a good token of exactly this many bytes.
fn sized(issuer: &TestIssuer, length: usize) -> String {
    // A member of the header shifts the length where base64 leaves a gap.
    // The `jti` is a number that grows, and would shift it, too.
    let attempt = |shift: usize, padding: usize| {
        let token = issuer.token().claim("jti", "token").header("x", "x".repeat(shift));
        token.claim("padding", "x".repeat(padding)).sign()
    };
    for shift in 0..4 {
        let room = length - attempt(shift, 0).len();
        for padding in room * 3 / 4 - 4..=room * 3 / 4 {
            let token = attempt(shift, padding);
            if token.len() == length {
                return token;
            }
        }
    }
    panic!("no token has {length} bytes");
}
