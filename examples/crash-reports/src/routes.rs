//! The routes, method by method: on one path reading and writing need different scopes, and many read by `POST`.
//!
//! What each asks for stands in the signature of its handler.

use axum::{Json, Router};
use scopa_axum::ConfigError;
use scopa_axum::issuer::Issuer;
use serde_json::{Value, json};

use crate::app::CrashReports;
use crate::crashes::{
    Crash, Done, Table, change, chart, crashes, details, key_crash, reprocess, summary, versions,
};
use crate::credentials::{Draft, Listed, Made, Secret, add_secret, create, list, remove, revoke_secret};
use crate::document::{Routes, TOKENS, asked, does, form, guarded, json_body, returns};
use crate::scopes::hierarchy;
use crate::symbols::{Complete, Place, put, upload_complete, upload_url};

/// Makes the router of the API, and its document.
pub(crate) fn routes(issuer: &Issuer) -> Result<Router<CrashReports>, ConfigError> {
    let routes = Routes::new(issuer.identifier(), &hierarchy()?);

    // Programs and people read.
    let routes = routes.about::<Crash>(
        &["database", "id?", "stackKeyId?"],
        200,
        [
            ("GET /api/crash/details", guarded!(details), "Returns a crash, or one of a group"),
            ("POST /api/crash/details", guarded!(details), "Returns a crash, or one of a group"),
        ],
    )?;
    let routes = routes.about::<Table>(
        &["database"],
        200,
        [
            ("GET /api/crashes", guarded!(crashes), "Lists crashes"),
            ("POST /api/crashes.php", guarded!(crashes), "Lists crashes"),
            ("GET /api/v2/summary", guarded!(summary), "Lists groups of crashes"),
            ("POST /api/v2/summary", guarded!(summary), "Lists groups of crashes"),
            ("GET /api/v2/keycrash", guarded!(key_crash), "Lists the crashes of a group"),
            ("POST /api/v2/keycrash", guarded!(key_crash), "Lists the crashes of a group"),
            ("GET /api/v2/versions", guarded!(versions), "Lists versions"),
            ("GET /api/crashHistory", guarded!(chart), "Counts crashes by day"),
            ("GET /api/stackKeyDailyVolume", guarded!(chart), "Counts a group by day"),
        ],
    )?;

    // Programs upload.
    let routes = routes.about::<Place>(
        &["database", "appName?", "appVersion?"],
        200,
        [
            ("POST /symsrv/uploadUrl", guarded!(upload_url), "Makes an address for a file"),
            ("POST /api/versions", guarded!(upload_url), "Makes an address for a file"),
            ("POST /api/v2/versions", guarded!(upload_url), "Makes an address for a file"),
        ],
    )?;
    let complete = [("POST /symsrv/uploadComplete", guarded!(upload_complete), "Ends an upload")];
    let routes = routes.about::<Complete>(&["database"], 200, complete)?;

    // People change.
    let routes = routes.about::<Done>(
        &["database"],
        200,
        [
            ("PUT /api/v2/versions", guarded!(change), "Retires a version"),
            ("DELETE /api/v2/versions", guarded!(change), "Removes a version"),
            ("DELETE /api/crashes.php", guarded!(change), "Removes crashes"),
            ("POST /api/crash/notes", guarded!(change), "Writes notes"),
            ("POST /api/crash/status", guarded!(change), "Opens or closes a group"),
            ("POST /api/logDefect", guarded!(change), "Files a defect"),
        ],
    )?;
    let again = [("POST /api/crash/reprocess", guarded!(reprocess), "Reads crashes again")];
    let routes = routes.about::<Done>(&["database"], 202, again)?;

    // People make clients for their programs.
    let (client, secrets) = ("/api/oauth-clients/{client_id}", "/api/oauth-clients/{client_id}/secrets");
    let mut routes = routes
        .guarded("GET /api/oauth-clients", guarded!(list), returns::<Vec<Listed>>(200, "Lists clients"))?
        .guarded(
            "POST /api/oauth-clients",
            guarded!(create),
            json_body::<Draft>(returns::<Made>(201, "Makes a client")),
        )?
        .guarded(&format!("DELETE {client}"), guarded!(remove), does(204, "Ends a client"))?
        .guarded(&format!("POST {secrets}"), guarded!(add_secret), returns::<Secret>(201, "Adds a secret"))?
        .guarded(
            &format!("DELETE {secrets}/{{secret_id}}"),
            guarded!(revoke_secret),
            does(204, "Ends a secret"),
        )?
        // Open to all: for an upload the signed address is the credential.
        .open("PUT /s3/put", put, asked("PUT", does(200, "Takes a file"), &["sig"]))?
        .open(
            "GET /health",
            async || Json(json!({ "status": "ok" })),
            returns::<Value>(200, "Tells that it runs"),
        )?;

    // The issuer answers these.
    for path in issuer.paths().filter(|path| *path != TOKENS) {
        routes.describe(&format!("GET {path}"), returns::<Value>(200, "Tells of the issuer"))?;
    }
    let fields = ["grant_type", "client_id", "client_secret", "scope?"];
    let types = ["multipart/form-data", "application/x-www-form-urlencoded"];
    let tokens = form(returns::<Value>(200, "Gives out a token"), &fields, &types);
    routes.describe(&format!("POST {TOKENS}"), tokens)?;
    routes.finish()
}
