//! Whose failures are counted behind a proxy.

use std::net::IpAddr;

use bytes::Bytes;
use http::Request;
use scopa_issuer::CallerAddress;

use crate::stage::Stage;

/// Guesses at `machine` until it is told to wait, and tells whether it was.
fn guess(stage: &Stage, peer: &str, named: &[&str]) -> bool {
    (0..12).any(|_| ask(stage, peer, named, "wrong") == 429)
}

/// Asks with a secret, over a connection from `peer`, with these fields `X-Real-IP`.
fn ask(stage: &Stage, peer: &str, named: &[&str], secret: &str) -> u16 {
    let form = format!("grant_type=client_credentials&client_id=machine&client_secret={secret}");
    let mut request = Request::post("/oauth2/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .extension(CallerAddress(peer.parse::<IpAddr>().unwrap()));
    for field in named {
        request = request.header("x-real-ip", *field);
    }
    stage.respond(request.body(Bytes::from(form)).unwrap()).status()
}

#[test]
fn behind_a_proxy_who_guesses_locks_out_nobody_else() {
    // A socket for both kinds of addresses shows those of IPv4 as IPv6.
    let forms = ["10.0.0.1", "::ffff:10.0.0.1"];
    for (proxy, peer) in forms.into_iter().flat_map(|proxy| forms.map(|peer| (proxy, peer))) {
        let stage = Stage::with(|issuer| issuer.behind_proxy([proxy.parse().unwrap()]));
        assert!(guess(&stage, peer, &["192.0.2.7"]), "{proxy} {peer}");
        // Also when it is named in another form, or comes without the proxy.
        assert_eq!(ask(&stage, peer, &["::ffff:192.0.2.7"], "wrong"), 429);
        assert_eq!(ask(&stage, "192.0.2.7", &[], "wrong"), 429);
        for other in ["192.0.2.8", "2001:db8::7"] {
            assert_eq!(ask(&stage, peer, &[other], "wrong"), 400, "{other}");
        }
    }
}

#[test]
fn what_names_nobody_is_counted_for_the_proxy() {
    let stage = Stage::with(|issuer| issuer.behind_proxy(["10.0.0.1".parse().unwrap()]));
    assert!(guess(&stage, "10.0.0.1", &[]));
    for named in [&["192.0.2.7, 192.0.2.9"][..], &["somebody"], &[""], &["192.0.2.8", "192.0.2.9"]] {
        assert_eq!(ask(&stage, "10.0.0.1", named, "wrong"), 429, "{named:?}");
    }
    assert_eq!(ask(&stage, "10.0.0.1", &["192.0.2.8"], "wrong"), 400);
}

#[test]
fn nobody_but_the_proxy_is_believed() {
    for stage in [
        Stage::new(),
        Stage::with(|issuer| issuer.behind_proxy(["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()])),
    ] {
        let locked =
            (0..12).any(|number| ask(&stage, "10.0.0.3", &[&format!("192.0.2.{number}")], "wrong") == 429);
        assert!(locked, "who says that it is somebody else each time guesses on");
        assert_eq!(ask(&stage, "10.0.0.3", &["192.0.2.99"], "wrong"), 429);
    }
}
