use std::sync::Arc;

use serde_json::json;

use super::case::{Cases, Outcome, expect};
use super::clients::expect_client;
use super::records::{END, NOW, code, digest, grant, named, token_of};
use crate::store::{AccessToken, Code, Grant, Store};

pub(super) async fn check<S: Store>(cases: &mut Cases<impl AsyncFn() -> S>) {
    cases.run("Store: keeps every text as it is", kept).await;
    cases.run("Store: keeps texts apart that differ in a byte", apart).await;
    cases.run("Store: no text that is asked for is an error", asked).await;
}

async fn kept<S: Store>(store: Arc<S>) -> Outcome {
    let long = "it's \"long\" — ".repeat(2000);
    for (number, text) in (1..).zip(ODD.into_iter().chain([&*long])) {
        let id: String = text.chars().take(60).collect();
        let claims = json!({ text: text, "control": "\u{0}\u{7}" }).as_object().cloned().unwrap_or_default();
        let client = named(&id, 1, text);
        expect("create_client", store.create_client(client.clone()).await?, true)?;
        expect_client(&*store, &id, Some(&client)).await?;

        let code = Code {
            grant_id: id.clone(),
            redirect_uri: Some(text.to_owned()),
            code_challenge: text.to_owned(),
            scope: text.to_owned(),
            audience: [text, "", text].map(str::to_owned).into(),
            claims: claims.clone(),
            ..code(number, &id, text)
        };
        store.create_code(code.clone()).await?;
        expect("code", store.code(code.digest).await?, Some(code.clone()))?;

        let grant = Grant {
            id: id.clone(),
            scope: text.to_owned(),
            audience: code.audience.clone(),
            claims: claims.clone(),
            ..grant(number, &id, text)
        };
        let token = AccessToken { scope: text.to_owned(), claims, ..token_of(&grant, number) };
        let answer = store.redeem_code(code.digest, grant.clone(), Some(token.clone())).await?;
        expect("redeem_code", answer, true)?;
        expect("grant", store.grant(&id).await?, Some(grant))?;
        expect("access_token", store.access_token(token.digest).await?, Some(token))?;
        expect("rotate_grant", store.rotate_grant(&id, 0, NOW, END, None).await?, true)?;
        expect("end_grants_of", store.end_grants_of(text, Some(&id)).await?, 1)?;

        store.revoke_token_id(&id, END).await?;
        expect("is_token_id_revoked", store.is_token_id_revoked(&id).await?, true)?;
    }
    Ok(())
}

async fn apart<S: Store>(store: Arc<S>) -> Outcome {
    // Alike to some order of texts: case, accents composed or not, blanks at the end, numbers and their texts.
    let alike =
        ["straße", "STRASSE", "strasse", "é", "e\u{301}", "a", "a ", " a", "1", "1.0", "01", "%", "_"];
    for (number, id) in (1..).zip(alike) {
        expect(&format!("create_client {id:?}"), store.create_client(named(id, 1, id)).await?, true)?;
        expect(&format!("{id:?} is revoked"), store.is_token_id_revoked(id).await?, false)?;
        store.revoke_token_id(id, END).await?;
        store.create_code(Code { grant_id: id.to_owned(), ..code(number, id, id) }).await?;
        let grant = Grant { id: id.to_owned(), ..grant(number, id, id) };
        expect("redeem_code", store.redeem_code(digest(number), grant, None).await?, true)?;
    }
    for id in alike {
        expect_client(&*store, id, Some(&named(id, 1, id))).await?;
        expect(&format!("end_grants_of {id:?}"), store.end_grants_of(id, None).await?, 1)?;
    }
    Ok(())
}

async fn asked<S: Store>(store: Arc<S>) -> Outcome {
    let long = "x".repeat(100_000);
    for text in ODD.into_iter().chain(["\u{0}", "c\u{0}", &long]) {
        expect_client(&*store, text, None).await?;
        expect("clients after it", store.clients(Some(text), 9).await?, Vec::new())?;
        expect("remove_client", store.remove_client(text).await?, false)?;
        expect("grant", store.grant(text).await?, None)?;
        expect("rotate_grant", store.rotate_grant(text, 0, NOW, END, None).await?, false)?;
        store.end_grant(text).await?;
        expect("end_grants_of", store.end_grants_of(text, Some(text)).await?, 0)?;
        expect("is_token_id_revoked", store.is_token_id_revoked(text).await?, false)?;
    }
    Ok(())
}

const ODD: [&str; 15] = [
    "",
    " ",
    "it's",
    "\"quoted\"",
    "back\\slash \\n \\u0000",
    "'; DROP TABLE clients; --",
    "100%_",
    "$1 ?1 :a @b {c}",
    "lines\r\nand\ttabs",
    "\u{1}\u{7f}\u{85}",
    "null",
    "e\u{301}é漢字\u{1f600}",
    "\u{202e}from right to left",
    "\u{feff}\u{fffd}\u{ffff}",
    "[\"json\"]",
];
