use std::io;
use std::net::{SocketAddr, TcpListener};

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::any;
use axum::{Extension, Router};
use scopa_axum::issuer::Issuer;
use scopa_axum::{
    Access, Authorized, ConfigError, Guard, Policy, ProtectLayer, Rejection, Requirement, Validator,
    issuer_routes, protect_all,
};

use crate::mount::{JSON, Judge, Mount, page};

/// The service as an axum router.
#[derive(Debug, Clone, Default)]
pub struct OnAxum {
    router: Router,
}

impl OnAxum {
    /// Serves until the listener fails.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        // Of merged routers one gives the fallback, with the layers around it; the other frameworks have none of ours.
        let router = self.router.fallback(async || StatusCode::NOT_FOUND);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(tokio::net::TcpListener::from_std(listener)?, service).await
    }

    fn add(self, router: Router) -> Result<Self, ConfigError> {
        Ok(Self { router: self.router.merge(router) })
    }
}

impl Mount for OnAxum {
    fn open(self, path: &'static str) -> Result<Self, ConfigError> {
        self.add(Router::new().route(path, any(async || json(None))))
    }

    fn needs<R: Requirement>(self, path: &'static str, auth: &Validator) -> Result<Self, ConfigError> {
        let handler = async |caller: Authorized<R>| json(Some(&caller));
        self.add(Router::new().route(path, any(handler)).with_state(auth.clone()))
    }

    fn optional(self, path: &'static str, auth: &Validator) -> Result<Self, ConfigError> {
        let handler = async |caller: Option<Authorized>| json(caller.as_deref());
        self.add(Router::new().route(path, any(handler)).with_state(auth.clone()))
    }

    fn guarded(
        self,
        path: &'static str,
        auth: &Validator,
        policy: impl Into<Policy>,
    ) -> Result<Self, ConfigError> {
        let layer = ProtectLayer::new(auth.clone()).require(policy)?;
        self.add(Router::new().route(path, any(known)).layer(layer))
    }

    fn judged(self, path: &'static str, auth: &Validator, judge: Judge) -> Result<Self, ConfigError> {
        let handler = async move |caller: Authorized, Path(id): Path<String>| {
            judge(&caller, &id).map(|()| json(Some(&caller))).map_err(Rejection::from)
        };
        self.add(Router::new().route(path, any(handler)).with_state(auth.clone()))
    }

    fn tree(self, open: &'static str, closed: &'static str, auth: &Validator) -> Result<Self, ConfigError> {
        let router = Router::new().route(open, any(async || json(None))).route(closed, any(known));
        self.add(protect_all(router, Guard::new(auth.clone()).public([open]))?)
    }

    fn issues(self, issuer: &Issuer) -> Result<Self, ConfigError> {
        self.add(issuer_routes(issuer.clone()))
    }
}

/// Shows whom a layer has let in.
async fn known(Extension(caller): Extension<Access>) -> impl IntoResponse {
    json(Some(&caller))
}

fn json(caller: Option<&Access>) -> impl IntoResponse + use<> {
    ([(CONTENT_TYPE, JSON)], page(caller))
}
