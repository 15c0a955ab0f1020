use std::net::IpAddr;

use http::Request;

/// The address that a request came from, as an extension of the request: failed authentications are counted by it.
///
/// The adapters set it to the peer of the connection. Behind a proxy that is the proxy: name it by
/// [`behind_proxy`](crate::IssuerBuilder::behind_proxy). If yours does not write `X-Real-IP`, set this in a layer outside, from the
/// field that your own proxy writes, and from no other.
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

impl CallerAddress {
    /// Returns the address of who asks: if a proxy passes the request on, the one that it names. If it names none, or its field comes
    /// twice, that of the proxy: all who ask so have one account.
    pub(crate) fn of<B>(request: &Request<B>, proxies: &[IpAddr]) -> Option<IpAddr> {
        // A socket for both kinds of addresses shows those of IPv4 as IPv6 (RFC 4291 §2.5.5.2).
        let CallerAddress(peer) = request.extensions().get()?;
        let peer = peer.to_canonical();
        if !proxies.iter().any(|proxy| proxy.to_canonical() == peer) {
            return Some(peer);
        }
        let mut fields = request.headers().get_all("x-real-ip").iter();
        let named = match (fields.next(), fields.next()) {
            (Some(field), None) => field.to_str().ok().and_then(|field| field.parse().ok()),
            _ => None,
        };
        Some(named.map_or(peer, |named: IpAddr| named.to_canonical()))
    }
}
