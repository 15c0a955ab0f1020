//! What the extractors take, and from where.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, web};
use scopa_testing::TestIssuer;

use crate::{Answer, Read, Tag, Team, Write, counted, get, other_api, request, send, validator};
use scopa_actix::{Access, AnyOf, Authorized, OptionalAuthorized, Protect, Refusal, RefusalKind, scopes};

#[actix_web::test]
async fn the_signature_is_the_policy() {
    let issuer = TestIssuer::new();
    for (path, scope, status) in [
        ("/any", "", 200),
        ("/read", "read", 200),
        ("/read", "admin", 200),
        ("/read", "other", 403),
        ("/both", "write team_7", 200),
        ("/both", "write", 403),
        ("/either", "team_7", 200),
        ("/either", "other", 403),
    ] {
        let app = App::new()
            .app_data(validator(&issuer))
            .route("/any", web::get().to(async |_: Authorized| HttpResponse::Ok()))
            .route("/read", web::get().to(async |_: Authorized<Read>| HttpResponse::Ok()))
            .route("/both", web::get().to(async |_: Authorized<(Read, Seven)>| HttpResponse::Ok()))
            .route("/either", web::get().to(async |_: Authorized<AnyOf<(Write, Seven)>>| HttpResponse::Ok()));
        let answer = send(app, get(path, &issuer.bearer_with(scope))).await;
        assert_eq!(answer.status, status, "{path} {scope}");
    }
}

/// A team that is named in the code.
struct Seven;

impl scopa_actix::Requirement for Seven {
    fn policy() -> scopa_actix::Policy {
        Team("7").into()
    }
}

#[actix_web::test]
async fn the_handler_knows_who_calls() {
    async fn who(caller: Authorized<Read>) -> String {
        format!("{} {}", caller.subject().unwrap(), caller.client_id().unwrap())
    }
    let issuer = TestIssuer::new();
    let app = App::new().app_data(validator(&issuer)).route("/", web::get().to(who));
    let bearer = issuer.token().subject("ann").client_id("web").scope("read").bearer();
    assert_eq!(send(app, get("/", &bearer)).await.body, "ann web");
}

#[actix_web::test]
async fn optional_is_anonymous_only_without_credentials() {
    async fn greet(OptionalAuthorized(caller): OptionalAuthorized<Read>) -> String {
        caller.map_or("anonymous".into(), |caller| caller.subject().unwrap().to_owned())
    }
    let issuer = TestIssuer::new();
    let good = issuer.bearer_with("read");
    let poor = issuer.bearer_with("other");
    let expired = issuer.token().scope("read").expired().bearer();
    for (authorization, status, body) in [
        (&[][..], 200, "anonymous"),
        (&["Basic dXNlcjpwYXNz"], 200, "anonymous"),
        (&[&good], 200, "user-1"),
        (&[&poor], 403, ""),
        (&[&expired], 401, ""),
        (&["Bearer"], 400, ""),
        (&[&good, &good], 400, ""),
    ] {
        let app = App::new().app_data(validator(&issuer)).route("/", web::get().to(greet));
        let answer = send(app, request("GET", "/", authorization)).await;
        assert_eq!(answer.status, status, "{authorization:?}");
        assert!(status != 200 || answer.body == body, "{authorization:?}: {}", answer.body);
    }
}

async fn trap(caller: Option<Authorized<Read>>) -> &'static str {
    if caller.is_some() { "known" } else { "anonymous" }
}

#[actix_web::test]
async fn an_option_of_the_extractor_takes_bad_tokens_for_anonymous() {
    let issuer = TestIssuer::new();
    let expired = issuer.token().scope("read").expired().bearer();
    for authorization in [&[][..], &["Bearer forged"], &[&expired], &["Bearer"]] {
        let app = App::new().app_data(validator(&issuer)).route("/", web::get().to(trap));
        let answer = send(app, request("GET", "/", authorization)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "anonymous"), "{authorization:?}");
    }
}

#[actix_web::test]
async fn an_optional_guard_in_front_refuses_what_an_option_swallows() {
    let issuer = TestIssuer::new();
    let expired = issuer.token().scope("read").expired().bearer();
    let good = issuer.bearer_with("read");
    for (authorization, status) in
        [(&[][..], 200), (&["Bearer forged"], 401), (&[&expired], 401), (&["Bearer"], 400), (&[&good], 200)]
    {
        let auth = validator(&issuer);
        let app = App::new()
            .app_data(auth.clone())
            .route("/", web::get().to(trap))
            .wrap(Protect::new(auth).optional());
        let answer = send(app, request("GET", "/", authorization)).await;
        assert_eq!(answer.status, status, "{authorization:?}");
    }
}

#[actix_web::test]
async fn a_template_is_bound_to_the_path_as_the_handler_reads_it() {
    async fn team(id: web::Path<String>, _: Authorized<Team>) -> String {
        id.into_inner()
    }
    async fn tag(tag: web::Path<String>, _: Authorized<Tag>) -> String {
        tag.into_inner()
    }
    async fn named(path: web::Path<(String, String)>, _: Authorized<Team>) -> String {
        path.into_inner().1
    }
    let issuer = TestIssuer::new();
    for (path, scope, status, seen) in [
        ("/teams/7", "team_7", 200, "7"),
        ("/teams/8", "team_7", 403, ""),
        ("/teams/%37", "team_7", 200, "7"),
        ("/teams/%37%38", "team_78", 200, "78"),
        ("/teams/%37", "team_%37", 403, ""),
        // Decoded once: what follows is no value of a team.
        ("/teams/%2537", "team_7", 403, ""),
        ("/teams/7%2F8", "team_7", 403, ""),
        ("/teams/7%00", "team_7", 403, ""),
        ("/teams/%ff", "team_7", 403, ""),
        ("/teams/%7Bid%7D", "team_{id}", 403, ""),
        ("/orgs/8/teams/7", "team_7", 200, "7"),
        // The router keeps this one encoded, `web::Path` does not.
        ("/tags/7%2B8", "tag_7+8", 200, "7+8"),
        ("/orgs/7/teams/8", "team_7", 403, ""),
    ] {
        let app = App::new()
            .app_data(validator(&issuer))
            .route("/teams/{id}", web::get().to(team))
            .route("/tags/{tag}", web::get().to(tag))
            .service(web::scope("/orgs/{org}").route("/teams/{id}", web::get().to(named)));
        let answer = send(app, get(path, &issuer.bearer_with(scope))).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(status != 200 || answer.body == seen, "{path}: {}", answer.body);
    }
}

#[actix_web::test]
async fn a_path_that_cannot_give_the_value_is_500_and_tells_nothing() {
    let issuer = TestIssuer::new();
    let expected = Answer::of_core(&Refusal::misconfigured("for the log"));
    for path in ["/teams/7", "/7/teams/7"] {
        let app = App::new()
            .app_data(validator(&issuer))
            .route("/teams/{team}", web::get().to(async |_: Authorized<Team>| HttpResponse::Ok()))
            // Twice the same name: the first is not the second.
            .service(
                web::scope("/{id}")
                    .route("/teams/{id}", web::get().to(async |_: Authorized<Team>| HttpResponse::Ok())),
            );
        let answer = send(app, get(path, &issuer.bearer_with("team_7"))).await;
        answer.assert_same(&expected, path);
    }
}

#[actix_web::test]
async fn a_policy_that_names_something_undeclared_is_500() {
    scopes! { fn others; Unknown = "unknown" }
    assert!(others().is_ok());
    let issuer = TestIssuer::new();
    let app = App::new()
        .app_data(validator(&issuer))
        .route("/", web::get().to(async |_: Authorized<Unknown>| HttpResponse::Ok()));
    let answer = send(app, get("/", &issuer.bearer_with("unknown"))).await;
    answer.assert_same(&Answer::of_core(&Refusal::misconfigured("for the log")), "undeclared");
}

#[actix_web::test]
async fn without_a_validator_it_is_500_and_no_fault_of_the_caller() {
    let issuer = TestIssuer::new();
    let expected = Answer::of_core(&Refusal::misconfigured("for the log"));
    let good = issuer.bearer_with("read");
    for authorization in [&[][..], &[good.as_str()], &["Bearer forged"]] {
        let app = App::new()
            .route("/", web::get().to(async |_: Authorized<Read>| HttpResponse::Ok()))
            .route("/optional", web::get().to(async |_: OptionalAuthorized| HttpResponse::Ok()));
        send(app, request("GET", "/", authorization)).await.assert_same(&expected, "required");
        let app =
            App::new().route("/optional", web::get().to(async |_: OptionalAuthorized| HttpResponse::Ok()));
        send(app, request("GET", "/optional", authorization)).await.assert_same(&expected, "optional");
    }
}

#[actix_web::test]
async fn the_validator_is_found_in_either_form_but_not_in_both() {
    async fn read(_: Authorized<Read>) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let issuer = TestIssuer::new();
    let auth = validator(&issuer);
    let bearer = issuer.bearer_with("read");
    let data = || web::Data::new(auth.clone());
    let shared = || web::Data::from(Arc::new(auth.clone()));
    let (_, other) = other_api();

    let app = App::new().app_data(data()).route("/", web::get().to(read));
    assert_eq!(send(app, get("/", &bearer)).await.status, 200);
    let app = App::new().app_data(shared()).route("/", web::get().to(read));
    assert_eq!(send(app, get("/", &bearer)).await.status, 200);
    // Which of the two is nearer cannot be told.
    let app = App::new()
        .app_data(other)
        .service(web::scope("/api").app_data(data()).route("", web::get().to(read)));
    let answer = send(app, get("/api", &bearer)).await;
    assert_eq!((answer.status, answer.refusal), (500, Some(RefusalKind::Misconfigured)));
}

#[actix_web::test]
async fn the_nearest_validator_judges_and_anothers_word_is_not_enough() {
    async fn read(_: Authorized<Read>) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let issuer = TestIssuer::new();
    let (other_issuer, other) = other_api();
    let ours = issuer.bearer_with("read");
    let theirs = other_issuer.bearer_with("read");
    for (path, bearer, status) in [
        ("/outer", &ours, 200),
        ("/outer", &theirs, 401),
        ("/inner", &ours, 401),
        ("/inner", &theirs, 200),
        // The guard outside takes the token; its word does not count inside.
        ("/guarded/inner", &ours, 401),
        ("/guarded/inner", &theirs, 401),
    ] {
        let auth = validator(&issuer);
        let app = App::new()
            .app_data(auth.clone())
            .route("/outer", web::get().to(read))
            .service(web::scope("/inner").app_data(other.clone()).route("", web::get().to(read)))
            .service(
                web::scope("/guarded")
                    .wrap(Protect::new(auth))
                    .service(web::scope("/inner").app_data(other.clone()).route("", web::get().to(read))),
            );
        assert_eq!(send(app, get(path, bearer)).await.status, status, "{path}");
    }
}

#[actix_web::test]
async fn a_token_is_looked_at_once_for_each_request() {
    async fn twice(_: Authorized<Read>, _: Authorized<Write>, _: OptionalAuthorized) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let issuer = TestIssuer::new();
    let bearer = issuer.bearer_with("write");

    // Behind a guard of the same validator, nothing is left to do.
    let (count, auth) = counted(&issuer);
    let app = App::new()
        .app_data(auth.clone())
        .wrap(Protect::new(auth.clone()))
        .wrap(Protect::new(auth))
        .route("/", web::get().to(twice));
    assert_eq!(send(app, get("/", &bearer)).await.status, 200);
    assert_eq!(count.load(Ordering::Relaxed), 1);

    // An access that is known does not excuse from the policy.
    let (count, auth) = counted(&issuer);
    let app = App::new().app_data(auth.clone()).wrap(Protect::new(auth)).route("/", web::get().to(twice));
    assert_eq!(send(app, get("/", &issuer.bearer_with("read"))).await.status, 403);
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[actix_web::test]
async fn an_extractor_leaves_nothing_for_others_with_a_new_token_or_a_known_one() {
    async fn found(_: Authorized<Read>, request: HttpRequest) -> String {
        request.extensions().get::<Access>().is_some().to_string()
    }
    let issuer = TestIssuer::new();
    let (auth, bearer) = (validator(&issuer), issuer.bearer_with("read"));
    for _ in 0..2 {
        let app = App::new().app_data(auth.clone()).route("/", web::get().to(found));
        assert_eq!(send(app, get("/", &bearer)).await.body, "false");
    }
}

#[actix_web::test]
async fn an_extractor_leaves_what_a_guard_left() {
    async fn guarded_by(_: Authorized<Read>, ours: web::Data<Ours>, request: HttpRequest) -> String {
        ours.0.owns(request.extensions().get::<Access>().unwrap()).to_string()
    }
    let issuer = TestIssuer::new();
    let (_, other) = other_api();
    let ours = validator(&issuer);
    let app = App::new()
        .app_data(web::Data::new(Ours(ours.clone())))
        .app_data(other)
        .route("/", web::get().to(guarded_by))
        .wrap(Protect::new(ours));
    let both = ["https://api.example.com", "https://other.example.com"];
    let bearer = issuer.token().claim("aud", both).scope("read").bearer();
    assert_eq!(send(app, get("/", &bearer)).await.body, "true");
}

/// The guard's validator, where the extractors do not look for one.
struct Ours(scopa_actix::Validator);
