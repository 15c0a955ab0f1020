use crate::client::ClientDraft;
use crate::error::{ErrorCode, OAuthError};

/// Finds where an answer goes: an address that the client registered, or nowhere.
pub(super) fn chosen<'r>(client: &'r ClientDraft, named: Option<&'r str>) -> Result<&'r str, OAuthError> {
    match (named, &*client.redirect_uris) {
        (Some(named), registered) => registered
            .iter()
            .any(|one| one == named || is_same_loopback(one, named))
            .then_some(named)
            .ok_or(WRONG),
        // RFC 6749 §3.1.2.3: it may be left out where there is no choice.
        (None, [only]) => Ok(only),
        (None, _) => Err(WRONG),
    }
}

/// Says whether two addresses are on the loopback interface and differ in the port at most (RFC 8252 §7.3).
///
/// Of `localhost` nobody knows whether it is that interface (RFC 8252 §8.3): its port counts.
fn is_same_loopback(registered: &str, named: &str) -> bool {
    LOOPBACK.iter().any(|origin| {
        let (Some(one), Some(other)) = (registered.strip_prefix(origin), named.strip_prefix(origin)) else {
            return false;
        };
        match (without_port(one), without_port(other)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        }
    })
}

/// Cuts off `:port`; `None` if what follows the host is neither a port nor a path.
fn without_port(rest: &str) -> Option<&str> {
    let path = match rest.strip_prefix(':') {
        Some(port) => {
            let path = port.trim_start_matches(|digit: char| digit.is_ascii_digit());
            let port: u16 = port.strip_suffix(path)?.parse().ok()?;
            (port != 0).then_some(path)?
        }
        None => rest,
    };
    (path.is_empty() || path.starts_with(['/', '?'])).then_some(path)
}

const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

const WRONG: OAuthError = OAuthError::new(
    ErrorCode::InvalidRequest,
    "`redirect_uri` is not one of the addresses that this application registered",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientDraft;

    #[test]
    fn an_address_is_compared_byte_for_byte_but_for_the_port_of_a_loopback_address() {
        let registered = [
            "https://client.example/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:80/cb?x=1",
            "http://localhost:9876/cb",
        ];
        let client = ClientDraft::web("a", registered);
        for (named, expected) in [
            ("https://client.example/cb", true),
            ("https://client.example/cb/", false),
            ("https://client.example/cb?x=1", false),
            ("https://client.example/cb#x", false),
            ("https://client.example/CB", false),
            ("https://CLIENT.example/cb", false),
            ("https://client.example:443/cb", false),
            ("https://client.example/x/../cb", false),
            ("https://client.example@evil.example/cb", false),
            ("https://client.example.evil.example/cb", false),
            ("http://client.example/cb", false),
            ("https://client.example/%63b", false),
            ("https://client.example/cb ", false),
            ("http://127.0.0.1/cb", true),
            ("http://127.0.0.1:1/cb", true),
            ("http://127.0.0.1:65535/cb", true),
            ("http://127.0.0.1:65536/cb", false),
            ("http://127.0.0.1:0/cb", false),
            ("http://127.0.0.1:/cb", false),
            ("http://127.0.0.1:+1/cb", false),
            ("http://127.0.0.1:80@evil.example/cb", false),
            ("http://127.0.0.1.evil.example/cb", false),
            ("http://127.0.0.1:8080/cb/../x", false),
            ("http://127.0.0.2:8080/cb", false),
            ("https://127.0.0.1:8080/cb", false),
            ("http://[::1]:9000/cb?x=1", true),
            ("http://[::1]:9000/cb", false),
            ("http://localhost:9876/cb", true),
            ("http://localhost:9877/cb", false),
            ("http://localhost/cb", false),
            ("", false),
        ] {
            assert_eq!(chosen(&client, Some(named)).is_ok(), expected, "{named}");
        }
    }

    #[test]
    fn it_may_be_left_out_where_there_is_one() {
        let one = ClientDraft::web("a", ["https://client.example/cb"]);
        assert_eq!(chosen(&one, None), Ok("https://client.example/cb"));
        assert!(chosen(&ClientDraft::web("a", ["https://a.example/", "https://b.example/"]), None).is_err());
        assert!(chosen(&ClientDraft::machine("a"), None).is_err());
    }
}
