//! What the middleware covers, and what it opens.

use actix_web::guard::{Header, Post};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, web};
use scopa_testing::TestIssuer;

use crate::{Admin, Read, Team, get, hierarchy, other_api, request, send, validator};
use scopa_actix::{Access, Authorized, Guard, Protect, RefusalKind};

async fn ok() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[actix_web::test]
async fn what_wrap_covers_depends_on_what_it_is_attached_to() {
    let guard = || Protect::new(validator(&TestIssuer::new()));
    for (method, path, on_app, on_scope, on_resource, on_route) in [
        // Right method, wrong method, a sibling's method, unknown below the scope, unknown outside.
        ("GET", "/api/a", 401, 401, 401, 401),
        ("DELETE", "/api/a", 401, 401, 401, 405),
        ("POST", "/api/a", 401, 401, 401, 200),
        ("HEAD", "/api/a", 401, 401, 401, 405),
        ("OPTIONS", "/api/a", 401, 401, 401, 405),
        ("GET", "/api/nope", 401, 401, 404, 404),
        ("GET", "/nope", 401, 404, 404, 404),
    ] {
        let resource = || web::resource("/a").route(web::get().to(ok)).route(web::post().to(ok));
        let app = App::new().service(web::scope("/api").service(resource())).wrap(guard());
        assert_eq!(send(app, request(method, path, &[])).await.status, on_app, "App: {method} {path}");

        let app = App::new().service(web::scope("/api").service(resource()).wrap(guard()));
        assert_eq!(send(app, request(method, path, &[])).await.status, on_scope, "Scope: {method} {path}");

        let app = App::new().service(web::scope("/api").service(resource().wrap(guard())));
        let status = send(app, request(method, path, &[])).await.status;
        assert_eq!(status, on_resource, "Resource: {method} {path}");

        let resource = web::resource("/a").route(web::get().to(ok).wrap(guard())).route(web::post().to(ok));
        let app = App::new().service(web::scope("/api").service(resource));
        assert_eq!(send(app, request(method, path, &[])).await.status, on_route, "Route: {method} {path}");
    }
}

#[actix_web::test]
async fn the_guard_asks_and_leaves_the_access() {
    async fn who(request: HttpRequest) -> String {
        request.extensions().get::<Access>().unwrap().subject().unwrap().to_owned()
    }
    let issuer = TestIssuer::new();
    for (scope, status) in [("admin", 200), ("write", 403), ("", 403)] {
        let guard = Protect::new(validator(&issuer)).require(Read).unwrap().require("admin").unwrap();
        let app = App::new().route("/", web::get().to(who)).wrap(guard);
        let answer = send(app, get("/", &issuer.bearer_with(scope))).await;
        assert_eq!(answer.status, status, "{scope}");
        assert!(status != 200 || answer.body == "user-1", "{scope}: {}", answer.body);
    }
}

#[test]
fn a_misspelt_scope_is_an_error_at_the_start() {
    let error = Protect::new(validator(&TestIssuer::new())).require("raed").unwrap_err();
    assert!(error.to_string().contains("raed"), "{error}");
}

#[test]
fn it_can_be_made_outside_of_the_factory() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let guard = Protect::new(validator(&TestIssuer::new()));
    shared(&guard);
    assert!(format!("{guard:?}").contains("https://id.example.com"));
}

#[actix_web::test]
async fn an_optional_guard_lets_anonymous_callers_in_and_no_bad_token() {
    async fn who(request: HttpRequest) -> &'static str {
        if request.extensions().get::<Access>().is_some() { "known" } else { "anonymous" }
    }
    let issuer = TestIssuer::new();
    let good = issuer.bearer_with("read");
    let poor = issuer.bearer_with("other");
    for (authorization, status, body) in [
        (&[][..], 200, "anonymous"),
        (&[good.as_str()], 200, "known"),
        (&[&poor], 403, ""),
        (&["Bearer forged"], 401, ""),
        (&[&good, &good], 400, ""),
    ] {
        let guard = Guard::new(validator(&issuer)).require(Read).unwrap().optional();
        let app = App::new().route("/", web::get().to(who)).wrap(Protect::from(guard));
        let answer = send(app, request("GET", "/", authorization)).await;
        assert_eq!(answer.status, status, "{authorization:?}");
        assert!(status != 200 || answer.body == body, "{authorization:?}: {}", answer.body);
    }
}

#[actix_web::test]
async fn a_bound_policy_takes_its_value_from_the_path_that_is_known() {
    let issuer = TestIssuer::new();
    let guard = || Protect::new(validator(&issuer)).require("team_{id}").unwrap();
    for (path, on_scope, on_resource, on_app) in [
        ("/teams/7/crashes", 200, 200, 500),
        ("/teams/8/crashes", 403, 403, 500),
        ("/teams/%37/crashes", 200, 200, 500),
        ("/teams/%2537/crashes", 403, 403, 500),
    ] {
        let bearer = issuer.bearer_with("team_7");
        let app =
            App::new().service(web::scope("/teams/{id}").route("/crashes", web::get().to(ok)).wrap(guard()));
        assert_eq!(send(app, get(path, &bearer)).await.status, on_scope, "scope: {path}");

        let resource = web::resource("/teams/{id}/crashes").route(web::get().to(ok)).wrap(guard());
        let status = send(App::new().service(resource), get(path, &bearer)).await.status;
        assert_eq!(status, on_resource, "resource: {path}");

        let app = App::new().route("/teams/{id}/crashes", web::get().to(ok)).wrap(guard());
        assert_eq!(send(app, get(path, &bearer)).await.status, on_app, "app: {path}");
        let app = App::new().route("/teams/{id}/crashes", web::get().to(ok)).wrap(guard());
        assert_eq!(send(app, request("GET", path, &[])).await.status, 401, "app, no token: {path}");
    }
    assert_eq!(Team("7").0, "7");
}

#[actix_web::test]
async fn the_word_of_another_validator_does_not_open_a_nested_guard() {
    async fn theirs(request: HttpRequest) -> String {
        request.extensions().get::<Access>().map_or("none".into(), |access| access.issuer().to_owned())
    }
    let issuer = TestIssuer::new();
    let (_, other) = other_api();
    for (inner, status, body) in [
        (Protect::new(other.clone()), 401, None),
        (Protect::new(other.clone()).optional(), 401, None),
        (Protect::new(validator(&issuer)), 200, Some("https://id.example.com")),
    ] {
        let app = App::new()
            .service(web::scope("/api").route("", web::get().to(theirs)).wrap(inner))
            .wrap(Protect::new(validator(&issuer)));
        let answer = send(app, get("/api", &issuer.bearer_with("read"))).await;
        assert_eq!(answer.status, status);
        assert!(body.is_none_or(|body| body == answer.body), "{}", answer.body);
    }
}

#[actix_web::test]
async fn an_anonymous_caller_does_not_go_by_the_name_that_another_middleware_left() {
    async fn who(request: HttpRequest) -> &'static str {
        if request.extensions().get::<Access>().is_some() { "known" } else { "anonymous" }
    }
    let (other_issuer, other) = other_api();
    let bearer = other_issuer.bearer_with("read");
    let stray = other.authenticate([bearer.as_bytes()]).await.unwrap();
    let app = App::new()
        .route("/", web::get().to(who))
        .wrap(Protect::new(validator(&TestIssuer::new())).optional())
        .wrap_fn(move |request, service| {
            request.extensions_mut().insert(stray.clone());
            actix_web::dev::Service::call(service, request)
        });
    assert_eq!(send(app, request("GET", "/", &[])).await.body, "anonymous");
}

#[actix_web::test]
async fn what_is_listed_is_open_and_nothing_else() {
    async fn own(_: Authorized<Read>) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    for (method, path, status) in [
        ("GET", "/health", 200),
        ("POST", "/health", 401),
        ("GET", "/%68ealth", 200),
        ("GET", "/Health", 401),
        ("GET", "/health/", 401),
        ("GET", "//health", 401),
        ("GET", "/docs/start", 200),
        ("HEAD", "/docs/start", 200),
        ("POST", "/docs/start", 401),
        ("GET", "/docs/a/b", 401),
        ("GET", "/docs/a%2Fb", 200),
        ("GET", "/docs/", 401),
        ("GET", "/api/public", 200),
        ("GET", "/public", 401),
        ("GET", "/api/closed", 401),
        ("GET", "/closed", 401),
        ("GET", "/nope", 401),
        ("GET", "/never-registered", 401),
        // Open to the middleware; the handler asks by itself.
        ("GET", "/own", 401),
    ] {
        let auth = validator(&TestIssuer::new());
        let guard = Protect::new(auth.clone())
            .public(["/health", "GET /docs/{page}", "/api/public"])
            .public(["/own", "/never-registered/{id}", ""]);
        let app = App::new()
            .app_data(auth)
            .route("/health", web::get().to(ok))
            .service(
                web::resource("/docs/{page}")
                    .route(web::get().to(ok))
                    .route(web::head().to(ok))
                    .route(web::post().to(ok)),
            )
            .service(
                web::scope("/api").route("/public", web::get().to(ok)).route("/closed", web::get().to(ok)),
            )
            .route("/closed", web::get().to(ok))
            .route("/own", web::get().to(own))
            .wrap(guard);
        assert_eq!(send(app, request(method, path, &[])).await.status, status, "{method} {path}");
    }
}

#[actix_web::test]
async fn a_path_in_another_spelling_does_not_pass_for_a_listed_route() {
    for (path, status) in
        [("/start", 200), ("/admin", 401), ("/%61dmin", 401), ("/%61%64min", 401), ("/admi%6E", 401)]
    {
        let app = App::new()
            .route("/admin", web::get().to(ok))
            .route("/{page}", web::get().to(ok))
            .wrap(Protect::new(validator(&TestIssuer::new())).public(["/{page}"]));
        assert_eq!(send(app, request("GET", path, &[])).await.status, status, "{path}");
    }
}

#[actix_web::test]
async fn what_a_closed_route_answers_on_a_listed_path_is_held_back() {
    async fn secret() -> &'static str {
        "secret"
    }
    let issuer = TestIssuer::new();
    let auth = || Protect::new(validator(&issuer));
    let bearer = issuer.bearer_with("admin");
    // Told apart by a header: held back from everyone, so that the route cannot go unnoticed.
    for authorization in [&[][..], &[bearer.as_str()]] {
        let app = App::new()
            .service(web::resource("/{page}").guard(Header("accept", "text/html")).to(ok))
            .service(web::resource("/admin").guard(Post()).to(secret))
            .wrap(auth().public(["POST /{page}"]));
        let answer = send(app, request("POST", "/admin", authorization)).await;
        assert_eq!((answer.status, answer.refusal), (500, Some(RefusalKind::Misconfigured)));
        assert!(!answer.body.contains("secret") && !answer.body.contains("admin"), "{}", answer.body);
    }
    // Both remedies.
    for listed in ["GET /{page}", "/{page}"] {
        let page = || web::resource("/{page}").guard(actix_web::guard::Get()).to(ok);
        let admin = || web::resource("/admin").guard(Post()).to(secret);
        let guard = auth().public([listed]);
        let answer = if listed.starts_with("GET") {
            let app = App::new().service(page()).service(admin()).wrap(guard);
            send(app, request("POST", "/admin", &[])).await
        } else {
            let app = App::new().service(admin()).service(page()).wrap(guard);
            send(app, request("POST", "/admin", &[])).await
        };
        assert_eq!(answer.status, 401, "{listed}");
    }
}

#[actix_web::test]
async fn reading_a_listed_path_opens_no_other_method_of_it() {
    let auth = || Protect::new(validator(&TestIssuer::new())).public(["/{page}"]);
    let page = || web::resource("/{page}").guard(actix_web::guard::Get()).to(ok);
    let unmatched = App::new().service(page()).default_service(web::to(ok)).wrap(auth());
    assert_eq!(send(unmatched, request("POST", "/x", &[])).await.status, 401);
    let below = web::scope("/admin").default_service(web::to(ok));
    let scoped = App::new().service(page()).service(below).wrap(auth());
    assert_eq!(send(scoped, request("POST", "/admin", &[])).await.status, 401);
}

#[actix_web::test]
async fn policies_are_asked_of_the_validators_hierarchy() {
    let issuer = TestIssuer::new();
    let auth = issuer.validator().hierarchy(hierarchy().unwrap()).build().unwrap();
    let app = App::new().route("/", web::get().to(ok)).wrap(Protect::new(auth).require(Admin).unwrap());
    let answer = send(app, get("/", &issuer.bearer_with("write"))).await;
    assert!(answer.header("www-authenticate").unwrap().contains(r#"scope="admin""#), "{answer:?}");
}
