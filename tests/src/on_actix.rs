use std::fmt;
use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::web::{Path, ReqData, ServiceConfig, resource, scope, to};
use actix_web::{App, HttpResponse, HttpServer};
use scopa_actix::issuer::Issuer;
use scopa_actix::{
    Access, Authorized, ConfigError, OptionalAuthorized, Policy, Protect, Rejection, Requirement, Validator,
    issuer_routes,
};

use crate::mount::{JSON, Judge, Mount, page};

type Configure = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// The service as an actix-web application.
#[derive(Clone, Default)]
pub struct OnActix {
    routes: Vec<Configure>,
}

impl OnActix {
    /// Serves until the listener fails.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let app = move || {
            let configure = |config: &mut ServiceConfig| self.routes.iter().for_each(|route| route(config));
            App::new().configure(configure)
        };
        HttpServer::new(app).workers(2).disable_signals().listen(listener)?.run().await
    }

    fn add(
        mut self,
        route: impl Fn(&mut ServiceConfig) + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        self.routes.push(Arc::new(route));
        Ok(self)
    }
}

impl Mount for OnActix {
    fn open(self, path: &'static str) -> Result<Self, ConfigError> {
        self.add(move |config| {
            config.route(path, to(async || json(None)));
        })
    }

    fn needs<R: Requirement>(self, path: &'static str, auth: &Validator) -> Result<Self, ConfigError> {
        let auth = auth.clone();
        let handler = async |caller: Authorized<R>| json(Some(&caller));
        self.add(move |config| {
            config.service(resource(path).app_data(auth.clone()).route(to(handler)));
        })
    }

    fn optional(self, path: &'static str, auth: &Validator) -> Result<Self, ConfigError> {
        let auth = auth.clone();
        let handler = async |OptionalAuthorized(caller): OptionalAuthorized| json(caller.as_deref());
        self.add(move |config| {
            config.service(resource(path).app_data(auth.clone()).route(to(handler)));
        })
    }

    fn guarded(
        self,
        path: &'static str,
        auth: &Validator,
        policy: impl Into<Policy>,
    ) -> Result<Self, ConfigError> {
        let guard = Protect::new(auth.clone()).require(policy)?;
        self.add(move |config| {
            config.service(resource(path).wrap(guard.clone()).route(to(known)));
        })
    }

    fn judged(self, path: &'static str, auth: &Validator, judge: Judge) -> Result<Self, ConfigError> {
        let auth = auth.clone();
        let handler = move |caller: Authorized, id: Path<String>| {
            ready(judge(&caller, &id).map(|()| json(Some(&caller))).map_err(Rejection::from))
        };
        self.add(move |config| {
            config.service(resource(path).app_data(auth.clone()).route(to(handler.clone())));
        })
    }

    fn tree(self, open: &'static str, closed: &'static str, auth: &Validator) -> Result<Self, ConfigError> {
        let guard = Protect::new(auth.clone()).public([open]);
        self.add(move |config| {
            let tree = scope("/tree").wrap(guard.clone());
            let below = |path: &'static str| path.strip_prefix("/tree").unwrap_or(path);
            config.service(tree.route(below(open), to(async || json(None))).route(below(closed), to(known)));
        })
    }

    fn issues(self, issuer: &Issuer) -> Result<Self, ConfigError> {
        self.add(issuer_routes(issuer.clone()))
    }
}

/// Shows whom a middleware has let in.
async fn known(caller: ReqData<Access>) -> HttpResponse {
    json(Some(&caller))
}

fn json(caller: Option<&Access>) -> HttpResponse {
    HttpResponse::Ok().content_type(JSON).body(page(caller))
}

impl fmt::Debug for OnActix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnActix").field("routes", &self.routes.len()).finish()
    }
}
