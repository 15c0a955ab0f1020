use http::HeaderMap;
use http::header::{HeaderName, ORIGIN};

/// Tells whether a browser sent a request from a page of `origin`, such as `https://auth.example.com`, against cross-site request forgery:
/// for the forms of a [`Login`](crate::Login), and whatever else changes something by a session's cookie.
///
/// The browser says so itself, in fields that no page can write: `Sec-Fetch-Site`, which every browser in use sends to HTTPS and
/// loopback, or else `Origin` (RFC 6454 §7). So nothing has to be kept for a visitor who is not signed in yet, as a token in the
/// form would need. A request with neither field, or with one of them twice, is from elsewhere.
///
/// tower-http's `CsrfLayer` asks the same, but lets a request pass that has neither field, and around an issuer it would judge the token
/// endpoint, too, where other origins are welcome.
///
/// Ask it about POST and what changes something. An address that somebody typed, or a link from elsewhere, is a GET that comes from no
/// page of ours, and may.
///
/// ```
/// use http::HeaderMap;
/// use scopa_issuer::is_from_own_page;
///
/// let mut headers = HeaderMap::new();
/// assert!(!is_from_own_page(&headers, "https://auth.example.com"));
/// headers.insert("origin", "https://auth.example.com".parse()?);
/// assert!(is_from_own_page(&headers, "https://auth.example.com"));
/// headers.insert("sec-fetch-site", "same-site".parse()?);
/// assert!(!is_from_own_page(&headers, "https://auth.example.com"));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn is_from_own_page(headers: &HeaderMap, origin: &str) -> bool {
    let is = |name: &HeaderName, expected: &str| {
        let mut values = headers.get_all(name).iter();
        values.next().map(|value| value == expected && values.next().is_none())
    };
    is(&SEC_FETCH_SITE, "same-origin").or_else(|| is(&ORIGIN, origin)).unwrap_or(false)
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const OWN: &str = "https://auth.example.com";

    fn is_own(fields: &[(&'static str, &'static [u8])]) -> bool {
        let mut headers = HeaderMap::new();
        for &(name, value) in fields {
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        is_from_own_page(&headers, OWN)
    }

    #[test]
    fn what_the_browser_says_of_itself_counts() {
        assert!(is_own(&[("sec-fetch-site", b"same-origin")]));
        assert!(is_own(&[("origin", OWN.as_bytes())]));
        // The origin of a page with `Referrer-Policy: no-referrer`.
        assert!(is_own(&[("sec-fetch-site", b"same-origin"), ("origin", b"null")]));
    }

    #[test]
    fn whatever_else_is_from_elsewhere() {
        for site in ["same-site", "cross-site", "none", "", "Same-Origin", "same-origin, cross-site"] {
            assert!(!is_own(&[("sec-fetch-site", site.as_bytes())]), "{site}");
            assert!(!is_own(&[("sec-fetch-site", site.as_bytes()), ("origin", OWN.as_bytes())]), "{site}");
        }
        let close = [
            "null",
            "",
            "http://auth.example.com",
            "https://auth.example.com:8443",
            "https://auth.example.com/",
        ];
        for origin in
            close.into_iter().chain(["https://auth.example.com.evil.example", "https://example.com"])
        {
            assert!(!is_own(&[("origin", origin.as_bytes())]), "{origin}");
        }
        assert!(!is_own(&[]));
        assert!(!is_own(&[("referer", b"https://auth.example.com/")]));
        assert!(!is_own(&[("sec-fetch-site", b"\xff")]));
    }

    #[test]
    fn a_field_that_comes_twice_says_nothing() {
        for twice in [&b"cross-site"[..], b"same-origin"] {
            assert!(!is_own(&[("sec-fetch-site", b"same-origin"), ("sec-fetch-site", twice)]));
        }
        assert!(!is_own(&[("origin", OWN.as_bytes()), ("origin", b"https://evil.example")]));
        assert!(!is_own(&[("origin", OWN.as_bytes()), ("origin", OWN.as_bytes())]));
    }
}
