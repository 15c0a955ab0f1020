use std::net::IpAddr;

/// The address that a request came from, as an extension of the request: failed authentications are counted by it.
///
/// The adapters set it to the peer of the connection. Behind a proxy that is the proxy: there, set it in a layer
/// outside, from the field that your own proxy writes, and from no other.
///
/// ```
/// use std::net::IpAddr;
/// use bytes::Bytes;
/// use http::Request;
/// use scopa_issuer::CallerAddress;
///
/// let mut request = Request::post("/oauth2/token").body(Bytes::new())?;
/// request.extensions_mut().insert(CallerAddress(IpAddr::from([192, 0, 2, 7])));
/// # Ok::<(), http::Error>(())
/// ```
///
/// # Security
/// Without it, guessing is not limited. A secret that was made here has 256 bits and cannot be guessed; one that a person chose
/// can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerAddress(pub IpAddr);
