use super::Confidentiality;

/// Says what is wrong with an address that codes are to be sent to (RFC 6749 §3.1.2).
pub(super) fn check(uri: &str, confidentiality: Confidentiality) -> Result<(), &'static str> {
    if uri.len() > LONGEST {
        return Err("is longer than 2,048 characters");
    }
    if uri.contains('#') {
        return Err("has a fragment (`#…`); leave it out (RFC 6749 §3.1.2)");
    }
    let (scheme, rest) = uri.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).ok_or(NOT_ABSOLUTE)?;
    if !is_written_right(rest) {
        return Err(
            "holds a character that no address may hold, or a `%` without two hexadecimal digits after it",
        );
    }
    match scheme {
        "https" => host(uri).map(drop),
        "http" if LOOPBACK.contains(&host(uri)?) => Ok(()),
        "http" => Err("is not encrypted; use `https`, or `http` to 127.0.0.1, [::1] or localhost only"),
        // RFC 8252 §7.1: the reverse of a domain's name, so that two applications do not take the same one.
        _ if !scheme.contains('.') => Err(
            "must begin with `https:`, or with a scheme that has a dot, as `com.example.app:` (RFC 8252 §7.1)",
        ),
        _ if confidentiality == Confidentiality::Confidential => Err(
            "has a scheme of its own, which is for applications in the hands of their user: use `ClientDraft::public`",
        ),
        _ if rest.is_empty() || rest.starts_with("//") => {
            Err("must have a path right after the scheme, as `com.example.app:/callback` (RFC 8252 §7.1)")
        }
        _ => Ok(()),
    }
}

/// Returns the host of an address with an authority.
fn host(uri: &str) -> Result<&str, &'static str> {
    let (_, rest) = uri.split_once("://").ok_or(NOT_ABSOLUTE)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("names a user before its host; leave the part before `@` out");
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            if port.parse::<u16>().is_err() {
                return Err("has a port that is none");
            }
            host
        }
        _ => authority,
    };
    let is_ipv6 = host.starts_with('[') && host.ends_with(']');
    if host.is_empty() || (!is_ipv6 && host.contains([':', '[', ']', '%'])) {
        return Err("has a host that is none");
    }
    Ok(host)
}

/// RFC 3986 §3.1, in lower case: addresses are compared byte for byte.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte))
}

/// RFC 3986 §2.
fn is_written_right(text: &str) -> bool {
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return true,
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => rest,
            [byte, rest @ ..] if byte.is_ascii_alphanumeric() || PLAIN.contains(byte) => rest,
            _ => return false,
        }
    }
}

const NOT_ABSOLUTE: &str = "is not an absolute address; write it out, as `https://app.example.com/callback`";
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];
const PLAIN: &[u8] = b"-._~:/?[]@!$&'()*+,;=";
const LONGEST: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_a_code_can_safely_go_to() {
        for (uri, expected) in [
            ("https://app.example.com/callback", ""),
            ("https://app.example.com", ""),
            ("https://app.example.com:8443/cb?tenant=7", ""),
            ("http://127.0.0.1/cb", ""),
            ("http://127.0.0.1:9876/cb", ""),
            ("http://[::1]:9876/cb", ""),
            ("http://[::1]/cb", ""),
            ("http://localhost:9876/callback", ""),
            ("com.example.app:/callback", ""),
            ("", "not an absolute"),
            ("/callback", "not an absolute"),
            ("app.example.com/callback", "not an absolute"),
            ("//app.example.com/callback", "not an absolute"),
            ("HTTPS://app.example.com/callback", "not an absolute"),
            ("https:/app.example.com/callback", "not an absolute"),
            ("https:app.example.com", "not an absolute"),
            ("https:///callback", "host that is none"),
            ("https://?x", "host that is none"),
            ("https://:8443/", "host that is none"),
            ("https://a]b/", "host that is none"),
            ("https://app.example.com:port/", "port that is none"),
            ("https://app.example.com:/", "port that is none"),
            ("https://app.example.com:65536/", "port that is none"),
            ("https://app.example.com/cb#x", "fragment"),
            ("https://app.example.com/cb#", "fragment"),
            ("https://good.example@app.example.com/cb", "before `@`"),
            ("https://app.example.com/c b", "no address may hold"),
            ("https://app.example.com/\\evil", "no address may hold"),
            ("https://app.example.com/%zz", "no address may hold"),
            ("https://app.example.com/%2", "no address may hold"),
            ("https://app.example.com/\u{e9}", "no address may hold"),
            ("https://app.example.com/\r\nSet-Cookie:x", "no address may hold"),
            ("http://app.example.com/cb", "not encrypted"),
            ("http://127.0.0.1.example.com/cb", "not encrypted"),
            ("http://localhost.example.com/cb", "not encrypted"),
            ("http://127.0.0.1@evil.example/", "before `@`"),
            ("javascript:alert(1)", "a dot"),
            ("data:text/html,x", "a dot"),
            ("myapp:/cb", "a dot"),
            ("com.example.app:", "a path"),
            ("com.example.app://evil", "a path"),
        ] {
            let found = check(uri, Confidentiality::Public).err().unwrap_or_default();
            assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{uri:?}: {found}");
        }
        let long = format!("https://app.example.com/{}", "a".repeat(LONGEST));
        assert!(check(&long, Confidentiality::Public).unwrap_err().contains("longer"));
    }

    #[test]
    fn a_scheme_of_its_own_is_for_public_clients() {
        let found = check("com.example.app:/callback", Confidentiality::Confidential).unwrap_err();
        assert!(found.contains("ClientDraft::public"), "{found}");
        assert!(check("https://app.example.com/cb", Confidentiality::Confidential).is_ok());
    }
}
