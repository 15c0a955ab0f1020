//! The crash service on plain hyper: a tower layer around each handler.

use std::convert::Infallible;
use std::error::Error;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use quickstart::{Read, Team, Write, hierarchy};
use scopa_tower::{Access, ProtectLayer, Requirement, Validator};
use tokio::net::TcpListener;
use tower::{Layer, ServiceExt, service_fn};

type Answer = Result<Response<Full<Bytes>>, Infallible>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    quickstart::log_to_stderr();

    let options = quickstart::Options::from_args()?;
    let auth = Validator::builder(&options.issuer, &options.audience)
        .discover(options.network()?) // in a service of yours: `HttpClient::new()?`
        .hierarchy(hierarchy()?)
        .build()?;
    tokio::spawn(auth.keep_fresh()); // the keys are there before the first caller

    let protect = ProtectLayer::new(auth.clone());
    let list = protect.clone().require(Read)?.layer(service_fn(list));
    let upload = protect.clone().require(Write)?.layer(service_fn(upload));
    // The one value that the policy is bound to is the `id` of `team_{id}`.
    let of_team = protect
        .require_bound(<(Read, Team)>::policy(), |_, request| team_in(request.uri.path()).map(Into::into))?
        .layer(service_fn(of_team));

    let app = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (list, upload, of_team) = (list.clone(), upload.clone(), of_team.clone());
        let auth = auth.clone();
        async move {
            match (request.method().as_str(), request.uri().path()) {
                ("GET", "/health") => text(StatusCode::OK, "well\n"),
                ("GET", "/ready") if auth.readiness().is_ready() => text(StatusCode::OK, ""),
                ("GET", "/ready") => text(StatusCode::SERVICE_UNAVAILABLE, ""),
                ("GET", "/crashes") => list.oneshot(request).await,
                ("POST", "/crashes") => upload.oneshot(request).await,
                ("GET", path) if team_in(path).is_some() => of_team.oneshot(request).await,
                _ => text(StatusCode::NOT_FOUND, ""),
            }
        }
    });

    let listener = TcpListener::bind(options.address).await?;
    options.print_walk(listener.local_addr()?); // only in this example
    loop {
        let (stream, _) = listener.accept().await?;
        let http = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), app.clone());
        tokio::spawn(async move { http.await.inspect_err(|error| tracing::debug!(%error, "connection")) });
    }
}

async fn list(_: Request<Incoming>) -> Answer {
    text(StatusCode::OK, "no crashes\n")
}

async fn upload(request: Request<Incoming>) -> Answer {
    let caller = request.extensions().get::<Access>();
    text(StatusCode::OK, format!("thanks, {}\n", caller.and_then(Access::client_id).unwrap_or("?")))
}

async fn of_team(request: Request<Incoming>) -> Answer {
    text(StatusCode::OK, format!("no crashes of team {}\n", team_in(request.uri().path()).unwrap_or("?")))
}

/// Returns the `id` of `/teams/{id}/crashes`, as it is written: an encoded one is the value of no scope.
fn team_in(path: &str) -> Option<&str> {
    let id = path.strip_prefix("/teams/")?.strip_suffix("/crashes")?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    Ok(response)
}
