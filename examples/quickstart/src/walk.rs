use std::fmt::Write as _;
use std::net::SocketAddr;

use scopa::{Clock, SystemClock};
use scopa_testing::{ManualClock, TestIssuer};

/// Makes the issuer `https://id.example.com`, whose tokens for `https://api.example.com` are good from now on.
///
/// Its keys are public and protect nothing. It stands where a service of yours has an identity provider.
pub fn embedded_issuer() -> TestIssuer {
    TestIssuer::new().with_clock(ManualClock::at(SystemClock.now()))
}

/// Returns requests to paste into a shell, each after a line with the status to expect. The tokens are good for an
/// hour.
///
/// ```
/// let walk = quickstart::walk(&quickstart::embedded_issuer(), "127.0.0.1:8080".parse()?);
/// assert!(walk.contains("\n200  everyone may ask for the health\ncurl -i http://127.0.0.1:8080/health\n"));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
pub fn walk(issuer: &TestIssuer, address: SocketAddr) -> String {
    let with = |scope: &str| Some(issuer.bearer_with(scope));
    let expired = Some(issuer.token().scope("crashes:read").expired().bearer());
    let steps = [
        (200, "everyone may ask for the health", "GET", "/health", None),
        (401, "nobody reads crashes without a token", "GET", "/crashes", None),
        (200, "`crashes:read` reads", "GET", "/crashes", with("crashes:read")),
        (403, "`crashes:read` does not upload", "POST", "/crashes", with("crashes:read")),
        (200, "`admin` uploads: it includes `crashes:write`", "POST", "/crashes", with("admin")),
        (200, "`team_7` with `crashes:read` reads team 7", "GET", "/teams/7/crashes", with(TEAM_7)),
        (403, "`team_7` with `crashes:read` does not read team 8", "GET", "/teams/8/crashes", with(TEAM_7)),
        (403, "`team_7` alone does not read", "GET", "/teams/7/crashes", with("team_7")),
        (401, "an expired token is none", "GET", "/crashes", expired),
    ];
    let mut walk = format!("listening on http://{address}\n");
    for (status, says, method, path, bearer) in steps {
        let method = if method == "GET" { String::new() } else { format!(" -X {method}") };
        let header = bearer.map_or_else(String::new, |bearer| format!(" -H 'Authorization: {bearer}'"));
        // Writing to a string does not fail.
        let _ = write!(walk, "\n{status}  {says}\ncurl -i{method}{header} http://{address}{path}\n");
    }
    walk + "\nCtrl-C stops the service"
}

/// Returns what to try with the tokens of an issuer of yours.
pub(crate) fn walk_of(issuer: &str, audience: &str, address: SocketAddr) -> String {
    format!(
        "listening on http://{address}\n\n\
         tokens of {issuer} for {audience} are taken; with one that has the scope `crashes:read`:\n\
         curl -i -H \"Authorization: Bearer $TOKEN\" http://{address}/crashes\n\n\
         whether the keys of the issuer are there:\n\
         curl -i http://{address}/ready\n\n\
         Ctrl-C stops the service"
    )
}

const TEAM_7: &str = "team_7 crashes:read";
