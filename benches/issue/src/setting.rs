use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use scopa::{Algorithm, Hierarchy};
use scopa_issuer::{ClientDraft, DigestKey, Issuer, SigningKey, SigningKeys, Store, TokenFormat};

/// The one client, and what it asks for.
pub(crate) const CLIENT: &str = "nightly-export";
pub(crate) const SECRET: &str = "vlBVrC-5y0z6rGxSXjPUl2lGYsDY1hm5QMSVvX8w8bE";
pub(crate) const SCOPE: &str = "notes:read notes:write";
pub(crate) const AUDIENCE: &str = "https://api.example.com";
pub(crate) const TOKEN_PATH: &str = "/oauth2/token";

/// Makes a key; a secret for HMAC.
pub(crate) fn key(algorithm: Algorithm) -> Result<SigningKey, Box<dyn Error>> {
    Ok(match algorithm {
        Algorithm::HS256 => SigningKey::from_secret(algorithm, [7; 32])?,
        _ => SigningKey::generate(algorithm)?,
    })
}

/// Makes an issuer with the client, whose tokens have four scopes to choose from.
pub(crate) async fn issuer(
    identifier: &str,
    store: impl Store,
    key: SigningKey,
    format: TokenFormat,
) -> Result<Issuer, Box<dyn Error>> {
    let scopes = "notes:read notes:write notes:share files:read";
    let issuer = Issuer::builder(identifier, store, DigestKey::generate()?)
        .audience(AUDIENCE)
        .hierarchy(Hierarchy::builder().scopes(scopes.split(' ')).build()?)
        .signing_keys(SigningKeys::new(key))
        .token_format(format)
        .build()?;
    let draft = ClientDraft::machine("nightly export").scopes(scopes.parse()?);
    issuer.clients().create_with_credentials(CLIENT, draft, SECRET).await?;
    Ok(issuer)
}

/// The value of `Authorization` (RFC 6749 §2.3.1).
pub(crate) fn basic(secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}")))
}

/// The form, with one more parameter for an issuer that needs it.
pub(crate) fn form(more: &str) -> String {
    format!("grant_type=client_credentials&scope={}{more}", SCOPE.replace(' ', "%20").replace(':', "%3A"))
}

/// The request as a value, as an adapter hands it over.
pub(crate) fn request(secret: &str) -> Request<Bytes> {
    Request::post(TOKEN_PATH)
        .header("host", "id.example.com")
        .header("user-agent", "reporter/1.4")
        .header("accept", "application/json")
        .header("authorization", basic(secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form("")))
        .expect("each part is well formed")
}
