//! What is read and changed: crashes, and tables of them. One crash, in memory; yours are in your database.

use axum::Json;
use axum::http::StatusCode;
use scopa_axum::Authorized;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::asked::Asked;
use crate::refused::Refused;
use crate::scopes::{Restricted, Unrestricted};

/// A page of a table.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Table {
    database: String,
    /// What the whole page has in common.
    #[schema(value_type = Object)]
    page_data: Value,
    /// Crashes, groups of them, or versions.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Value>,
}

/// A crash.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Crash {
    id: u64,
    stack_key: &'static str,
    stack_key_id: u64,
    stack_id: u64,
    crash_type_id: u64,
    app_name: &'static str,
    app_version: &'static str,
    app_key: &'static str,
    user: &'static str,
    email: &'static str,
    ip_address: &'static str,
    crash_time: &'static str,
    description: &'static str,
    comments: &'static str,
    exception_code: &'static str,
    exception_message: &'static str,
    platform: &'static str,
    defect_id: Option<u64>,
    dumpfile: &'static str,
    dumpfile_size: u64,
    /// 2: wholly processed.
    processed: u8,
    missing_symbols: bool,
    /// The thread that crashed, with its `stackFrames`.
    #[schema(value_type = Object)]
    thread: Value,
    #[schema(value_type = Vec<Object>)]
    events: Vec<Value>,
    debugger_output: Option<String>,
    additional_info: Option<String>,
    attachments: Vec<String>,
}

/// That a change is made, or will be.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    success: bool,
}

pub(crate) async fn details(_: Authorized<Restricted>, asked: Asked) -> Result<Json<Crash>, Refused> {
    let asks_for = |name, id: u64| asked.field(name).is_some_and(|asked| asked == id.to_string());
    let crash = of(asked.database()).into_iter();
    let mut crash =
        crash.filter(|crash| asks_for("id", crash.id) || asks_for("stackKeyId", crash.stack_key_id));
    crash.next().map(Json).ok_or(Refused::NOT_FOUND)
}

pub(crate) async fn crashes(_: Authorized<Restricted>, asked: Asked) -> Json<Table> {
    table(&asked, json!({}), |crash| json!(crash))
}

pub(crate) async fn key_crash(_: Authorized<Restricted>, asked: Asked) -> Json<Table> {
    table(&asked, json!({ "events": [], "stackKeyId": 5 }), |crash| json!(crash))
}

pub(crate) async fn summary(_: Authorized<Restricted>, asked: Asked) -> Json<Table> {
    table(&asked, json!({}), |crash| {
        json!({
            "stackKey": crash.stack_key, "stackKeyId": crash.stack_key_id, "crashSum": 1, "userSum": 1,
            "firstReport": crash.crash_time, "lastReport": crash.crash_time, "subKeyDepth": 0, "status": 0,
        })
    })
}

pub(crate) async fn versions(_: Authorized<Restricted>, asked: Asked) -> Json<Table> {
    table(&asked, json!({}), |crash| {
        json!({
            "symbolId": 1, "appName": crash.app_name, "version": crash.app_version, "size": 0, "retired": 0,
            "firstReport": crash.crash_time, "lastReport": crash.crash_time, "totalCrashCount": 1,
        })
    })
}

pub(crate) async fn chart(_: Authorized<Restricted>, asked: Asked) -> Json<Table> {
    table(&asked, json!({}), |crash| json!({ "day": crash.crash_time, "count": 1 }))
}

/// Here nothing comes of it: it shows who may.
pub(crate) async fn change(_: Authorized<Unrestricted>, _: Asked) -> Json<Done> {
    Json(Done { success: true })
}

pub(crate) async fn reprocess(caller: Authorized<Unrestricted>, asked: Asked) -> (StatusCode, Json<Done>) {
    (StatusCode::ACCEPTED, change(caller, asked).await)
}

fn table(asked: &Asked, page_data: Value, row: fn(&Crash) -> Value) -> Json<Table> {
    let rows = of(asked.database()).iter().map(row).collect();
    Json(Table { database: asked.database().to_owned(), page_data, rows })
}

/// Returns the crashes of a database.
fn of(database: &str) -> Option<Crash> {
    (database == "Fred").then(|| Crash {
        id: 1,
        stack_key: "quarry!dig(42)",
        stack_key_id: 5,
        stack_id: 7,
        crash_type_id: 1,
        app_name: "quarry",
        app_version: "1.0",
        user: "barney",
        crash_time: "2026-11-27T12:00:00Z",
        exception_message: "access violation",
        processed: 2,
        thread: json!({ "stackFrames": [{ "functionName": "dig", "fileName": "quarry.c", "lineNumber": 42 }] }),
        ..Crash::default()
    })
}
