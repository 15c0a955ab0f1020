//! `rediss`, with a certificate that the machine trusts, and with one that it does not.

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use scopa_redis::{RedisRevocationList, WhenAway};

use crate::server::Server;
use crate::{HOUR, access, ask, is_revoked, issuer};

fn list(url: &str) -> RedisRevocationList {
    let list = RedisRevocationList::new(url, WhenAway::Refuse, HOUR).unwrap();
    list.connection_timeout(Duration::from_secs(10)).response_timeout(Duration::from_secs(10))
}

#[tokio::test]
async fn only_a_server_that_the_machine_trusts_is_asked() {
    let issuer = issuer();
    let token = access(&issuer, &issuer.token());
    if let Ok(url) = env::var(TRUSTED) {
        let list = list(&url);
        assert!(!is_revoked(&list, &token).await);
        list.revoke_token(&token).await.unwrap();
        assert!(is_revoked(&list, &token).await);
        return;
    }

    let server = Server::start_with_tls();
    let why = ask(&list(&server.url()), &token).await.unwrap_err();
    assert!(why.contains("no connection"), "{why}");

    // What is trusted is a matter of the process, so the other half of this test is one of its own.
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/redis/tls/ca.pem");
    let mut half = Command::new(env::current_exe().unwrap());
    half.args(["--exact", "tls::only_a_server_that_the_machine_trusts_is_asked", "--nocapture"]);
    let half = half.env("SSL_CERT_FILE", authority).env(TRUSTED, server.url()).output().unwrap();
    let told = String::from_utf8_lossy(&half.stdout);
    assert!(half.status.success() && told.contains("1 passed"), "{told}");
}

/// Where the server is, for the process that trusts it.
const TRUSTED: &str = "SCOPA_REDIS_TRUSTED";
