use std::time::Duration;

use scopa_systems::{Answer, Outcome, Walk, claims, header};
use serde_json::json;

use crate::stage::{Stage, TOKENS, fields};

#[tokio::test]
async fn all_steps() -> Outcome {
    let mut walk = Walk::of("bugsplat", 16).left_to(16, "npm @bugsplat/js-api-client");
    let stage = Stage::start("walk").await?;
    let http = &stage.http;
    let person = &stage.person;

    // 1
    let made = stage
        .make(&json!({ "name": "CI uploader", "scope": "symbols", "database": "Fred" }))
        .await?
        .expect(201)?;
    assert_eq!(made.members()?, ["client_id", "client_secret", "database", "name", "scope"]);
    assert_eq!(made.text("name")? + &made.text("scope")? + &made.text("database")?, "CI uploadersymbolsFred");
    assert_eq!(made.field("cache-control"), Some("no-store"));
    let (s, r) = (stage.client("symbols").await?, stage.client("restricted").await?);
    let listed = http.get("/api/oauth-clients").bearer(person).send().await?.expect(200)?;
    assert!(listed.body().contains(&s.id) && listed.body().contains(&r.id));
    assert_eq!(listed.json()?.as_array().map(Vec::len), Some(3));
    for secret in [&made.text("client_secret")?, &s.secret, &r.secret] {
        assert!(secret.len() > 20 && !listed.body().contains(secret));
    }
    walk.step(1, "clients of one scope are made; their secrets are shown once, and not listed");

    // 2
    let answer = stage.ask(&s, &[]).send().await?.expect(200)?;
    assert_eq!(answer.members()?, ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!((answer.text("scope")?, answer.text("token_type")?), ("symbols".into(), "Bearer".into()));
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    let token_s = answer.text("access_token")?;
    assert_eq!(header(&token_s)?, json!({ "typ": "JWT", "alg": "RS256" }));
    let said = claims(&token_s)?;
    let names: Vec<&String> = said.as_object().ok_or("no claims")?.keys().collect();
    assert_eq!(names, ["aud", "client_id", "database", "exp", "iat", "iss", "jti", "scope", "sub"]);
    assert_eq!(
        (&said["sub"], &said["client_id"], &said["database"]),
        (&json!(s.id), &json!(s.id), &json!("Fred"))
    );
    walk.step(
        2,
        "a token by multipart, with an empty `Authorization` and no scope: four members, `no-store`",
    );

    // 3
    let asked = fields(&r, &[("scope", "restricted")]);
    let answer = http.post(TOKENS).form(&asked).send().await?.expect(200)?;
    assert_eq!(answer.members()?, ["access_token", "expires_in", "token_type"]);
    assert_eq!(answer.json()?["expires_in"], 3600);
    let token_r = answer.text("access_token")?;
    walk.step(3, "a token by a urlencoded form that names the scope: three members, an hour");

    // 4
    for at in READS {
        let answer = stage.call(at, &token_r).await?.expect(200)?;
        assert!(answer.json()?.is_object(), "{at}");
    }
    let details = stage.call("POST /api/crash/details", &token_r).await?.json()?;
    for member in DETAILS.split_whitespace() {
        assert!(details.get(member).is_some(), "{member}");
    }
    assert!(details["thread"]["stackFrames"].is_array());
    for (query, status) in [("stackKeyId=5", 200), ("stackKeyId=6", 404), ("id=2", 404), ("", 404)] {
        let path = format!("/api/crash/details?database=Fred&{query}");
        http.get(&path).bearer(&token_r).send().await?.expect(status)?;
    }
    let page = stage.call("POST /api/v2/keycrash", &token_r).await?.json()?;
    assert_eq!(page["pageData"], json!({ "events": [], "stackKeyId": 5 }));
    let place = stage.call("POST /symsrv/uploadUrl", &token_s).await?.expect(200)?;
    assert_eq!(place.text("Status")?, "Success");
    let address = place.text("url")?;
    assert!(address.starts_with(&format!("{}/s3/put?sig=", http.origin())));
    let put = |address: &str| http.request("PUT", address).body("application/octet-stream", "symbols").send();
    assert!(put(&address).await?.expect(200)?.field("etag").is_some());
    assert_eq!(
        stage.call("POST /symsrv/uploadComplete", &token_s).await?.expect(200)?.text("Status")?,
        "Success"
    );
    walk.step(4, "`restricted` reads by GET and POST; `symbols` uploads in three requests");

    // 5
    let lower =
        stage.about("Fred", "GET /api/v2/versions").header("authorization", format!("bearer {token_r}"));
    lower.send().await?.expect(200)?;
    walk.step(5, "`bearer` in small letters is taken");

    // 6
    stage.call("POST /symsrv/uploadUrl", &token_r).await?.expect_scope(403, "symbols")?;
    walk.step(6, "`restricted` does not upload: `insufficient_scope`, `symbols`");

    // 7
    stage.call("GET /api/v2/versions", &token_s).await?.expect_scope(403, "restricted")?;
    stage.call("POST /api/v2/summary", &token_s).await?.expect_scope(403, "restricted")?;
    let place = stage.call("POST /api/v2/versions", &token_s).await?.expect(200)?;
    assert_eq!(place.members()?, ["Status", "appName", "appVersion", "database", "url"]);
    walk.step(7, "`symbols` does not read, not by POST either; on one path it may POST and not GET");

    // 8
    for at in WRITES {
        for token in [&token_r, &token_s] {
            stage.call(at, token).await?.expect_scope(403, "unrestricted")?;
        }
        stage.call(at, person).await?.expect(if at.ends_with("reprocess") { 202 } else { 200 })?;
    }
    walk.step(8, "only people change: `unrestricted`");

    // 9
    let reads = || stage.about("Fred", "POST /api/v2/summary");
    reads().send().await?.expect_bare_challenge()?;
    for value in ["undefined undefined", ""] {
        reads().header("authorization", value).send().await?.expect_bare_challenge()?;
    }
    walk.step(9, "without a token, or with `undefined undefined`: 401, and no `error`");

    // 10
    let tampered = with_one_bit_changed(&token_r)?;
    let tampered = stage.call("POST /api/v2/summary", &tampered).await?.expect_invalid_token()?;
    stage.clock.advance(Duration::from_secs(3599));
    stage.call("POST /api/v2/summary", &token_r).await?.expect(200)?;
    stage.clock.advance(Duration::from_secs(1));
    let expired = stage.call("POST /api/v2/summary", &token_r).await?.expect_invalid_token()?;
    assert_eq!(told(&tampered), told(&expired));
    walk.step(10, "at `exp` a token is over: `invalid_token`, as for a signature with another bit");
    let (token_r, token_s) = (stage.token_of(&r).await?, stage.token_of(&s).await?);

    // 11
    for scope in ["restricted", "symbols restricted", "unrestricted", "nothing", ""] {
        let answer = stage.ask(&s, &[("scope", scope)]).send().await?;
        if scope.is_empty() {
            // RFC 6749 §3.1: sent without a value is as if it were not sent.
            assert_eq!(answer.expect(200)?.text("scope")?, "symbols");
        } else {
            answer.expect_error(400, "invalid_scope")?;
        }
    }
    stage.ask(&r, &[("scope", "symbols restricted")]).send().await?.expect_error(400, "invalid_scope")?;
    let person = stage.signed_in("Fred").await?;
    for scope in [
        json!("symbols restricted"),
        json!("unrestricted"),
        json!(""),
        json!(["symbols", "restricted"]),
        json!(null),
    ] {
        let draft = json!({ "name": "both", "scope": scope, "database": "Fred" });
        let made = http.post("/api/oauth-clients").bearer(&person).json(&draft).send().await?;
        made.expect_error(400, "invalid_request")?;
    }
    let draft = json!({ "name": "none", "database": "Fred" });
    http.post("/api/oauth-clients")
        .bearer(&person)
        .json(&draft)
        .send()
        .await?
        .expect_error(400, "invalid_request")?;
    walk.step(11, "one scope for each client, and for each token");

    // 12
    let wrong = crate::stage::Credentials { secret: "x".repeat(43), ..s.clone() };
    let unknown = crate::stage::Credentials { id: "nobody".into(), secret: "x".repeat(43) };
    let wrong = stage.ask(&wrong, &[]).send().await?.expect_error(400, "invalid_client")?;
    let unknown = stage.ask(&unknown, &[]).send().await?.expect_error(400, "invalid_client")?;
    assert_eq!(told(&wrong), told(&unknown));
    let password: Vec<_> = fields(&s, &[]).into_iter().skip(1).chain([("grant_type", "password")]).collect();
    http.post(TOKENS).multipart(&password).send().await?.expect_error(400, "unsupported_grant_type")?;
    let twice = [("scope", "symbols"), ("scope", "symbols")];
    stage.ask(&s, &twice).send().await?.expect_error(400, "invalid_request")?;
    let got = http.get(TOKENS).send().await?.expect(405)?;
    assert_eq!(got.field("allow"), Some("POST"));
    http.post(TOKENS)
        .json(&json!({ "grant_type": "client_credentials" }))
        .send()
        .await?
        .expect_error(415, "invalid_request")?;
    walk.step(12, "wrong secrets, unknown clients, other grants and methods are refused");

    // 13
    let reads = READS.iter().flat_map(|at| [(at, &token_r), (at, &person)]);
    let uploads = UPLOADS.iter().flat_map(|at| [(at, &token_s), (at, &person)]);
    let changes = WRITES.iter().map(|at| (at, &person));
    for (at, token) in reads.chain(uploads).chain(changes) {
        let refused = stage.about("Wilma", at).bearer(token).send().await?.expect_error(403, "forbidden");
        refused.and_then(Answer::expect_no_challenge).map_err(|error| format!("{at}: {error}"))?;
        assert_ne!(stage.about("Fred", at).bearer(token).send().await?.status(), 403, "{at}");
    }
    assert_eq!(READS.len() + UPLOADS.len() + WRITES.len(), 22);
    let address = stage.call("POST /symsrv/uploadUrl", &token_s).await?.expect(200)?.text("url")?;
    put(&address).await?.expect(200)?;
    put(&address).await?.expect_error(403, "forbidden")?;
    walk.step(13, "another database is 403 without a challenge; an address for an upload is good once");

    // 14
    let ended =
        http.request("DELETE", &format!("/api/oauth-clients/{}", r.id)).bearer(&person).send().await?;
    ended.expect(204)?;
    stage.call("POST /api/v2/summary", &token_r).await?.expect_invalid_token()?;
    stage.ask(&r, &[]).send().await?.expect_error(400, "invalid_client")?;
    stage.call("POST /symsrv/uploadUrl", &token_s).await?.expect(200)?;
    walk.step(14, "a client that is deleted gets no tokens, and the one that it has is refused");

    // 15
    let (entries, questions) = crate::data_files::judge().await?;
    walk.step(
        15,
        &format!("{entries} data files and {questions} questions about them are judged as the manifest says"),
    );

    walk.finish()
}

/// What a refusal tells whom it refuses.
fn told(answer: &Answer) -> (u16, Option<&str>, &str) {
    (answer.status(), answer.challenge(), answer.body())
}

/// Changes a bit in the middle of the signature.
fn with_one_bit_changed(token: &str) -> Outcome<String> {
    let (before, after) = token.split_at_checked(token.len() - 100).ok_or("no signature")?;
    let mut after = after.chars();
    let place = after.next().and_then(|old| ALPHABET.find(old)).ok_or("no base64url")? ^ 1;
    let new = ALPHABET.get(place..=place).ok_or("no base64url")?;
    Ok(format!("{before}{new}{}", after.as_str()))
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const READS: [&str; 11] = [
    "GET /api/crash/details",
    "POST /api/crash/details",
    "GET /api/crashes",
    "POST /api/crashes.php",
    "GET /api/v2/summary",
    "POST /api/v2/summary",
    "GET /api/v2/keycrash",
    "POST /api/v2/keycrash",
    "GET /api/v2/versions",
    "GET /api/crashHistory",
    "GET /api/stackKeyDailyVolume",
];

const UPLOADS: [&str; 4] =
    ["POST /symsrv/uploadUrl", "POST /symsrv/uploadComplete", "POST /api/versions", "POST /api/v2/versions"];

const WRITES: [&str; 7] = [
    "PUT /api/v2/versions",
    "DELETE /api/crashes.php",
    "DELETE /api/v2/versions",
    "POST /api/crash/reprocess",
    "POST /api/crash/notes",
    "POST /api/crash/status",
    "POST /api/logDefect",
];

/// What the vendor's client reads of a crash.
const DETAILS: &str = "missingSymbols processed id stackKeyId stackId crashTypeId appKey user email description ipAddress crashTime \
    defectId platform dumpfile dumpfileSize stackKey exceptionCode exceptionMessage comments appName appVersion events debuggerOutput \
    additionalInfo thread attachments";
