use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Reason;
use super::algorithm::{Algorithm, Algorithms};
use super::modulus::RsaNumbers;
use super::point::{Curve, EcPoint, EdPoint};
use super::prepared::PreparedKey;
use crate::invalid::quoted;

/// Reads one entry of a JWK Set (RFC 7517 §4) and prepares it, or says why it cannot be trusted to verify.
///
/// Members it does not know are ignored, as RFC 7517 §4 asks; `x5c`, `x5u` and the like are among them.
pub(super) fn read(entry: &Value) -> Result<PreparedKey, Reason> {
    let jwk = Jwk(entry.as_object().ok_or("not a JSON object")?);
    let kid = jwk.text("kid")?;
    let kty = jwk.needed_text("kty")?;
    jwk.is_public(kty)?;
    jwk.is_for_verifying()?;
    let key = match kty {
        "RSA" => jwk.rsa(),
        "EC" => jwk.ec(),
        "OKP" => jwk.okp(),
        other => Err(format!("`kty` is `{}`, expected `RSA`, `EC` or `OKP`", quoted(other)).into()),
    };
    Ok(key?.named(kid))
}

/// Tells whether a key is the issuer's: it says nothing of that, or names it, `{tenantid}` standing for any tenant.
pub(super) fn is_of(entry: &Value, issuer: &str) -> bool {
    let Some(Value::String(named)) = entry.get("issuer") else { return true };
    match named.split_once("{tenantid}") {
        None => named == issuer,
        Some((before, after)) => {
            let tenant = issuer.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            tenant.is_some_and(|tenant| !tenant.is_empty() && !tenant.contains('/'))
        }
    }
}

struct Jwk<'a>(&'a Map<String, Value>);

impl<'a> Jwk<'a> {
    /// RFC 7517 §9.2: private and symmetric keys must be protected from disclosure, so one that was published
    /// is no longer worth trusting.
    fn is_public(&self, kty: &str) -> Result<(), Reason> {
        if kty == "oct" {
            return Err("a secret (`oct`) has no place in a JWK Set; if it is meant, give it to \
                        `KeySet::from_secret`"
                .into());
        }
        match PRIVATE_MEMBERS.into_iter().find(|&member| self.0.contains_key(member)) {
            Some(member) => Err(format!("holds the private member `{member}`, expected a public key").into()),
            None => Ok(()),
        }
    }

    /// RFC 7517 §4.2 and §4.3: a key for encryption, or only for signing, is not for us.
    fn is_for_verifying(&self) -> Result<(), Reason> {
        match self.text("use")? {
            None | Some("sig") => {}
            Some(other) => return Err(format!("`use` is `{}`, expected `sig`", quoted(other)).into()),
        }
        match self.0.get("key_ops") {
            None => Ok(()),
            Some(Value::Array(operations)) if !operations.iter().all(Value::is_string) => {
                Err("`key_ops` must be an array of strings".into())
            }
            Some(Value::Array(operations)) if operations.iter().any(|operation| operation == "verify") => {
                Ok(())
            }
            Some(Value::Array(_)) => Err("`key_ops` does not list `verify`".into()),
            Some(_) => Err("`key_ops` must be an array of strings".into()),
        }
    }

    /// RFC 7518 §6.3.1.
    fn rsa(&self) -> Result<PreparedKey, Reason> {
        // RFC 8725 §3.1: a key is used with the algorithm it is for, and no other.
        let algorithms = match self.algorithm()? {
            Some(only) if rsa_algorithms().contains(only) => [only].into_iter().collect(),
            Some(other) => return Err(mismatch(other, "an RSA key")),
            None => rsa_algorithms(),
        };
        let numbers = RsaNumbers::new(&self.bytes("n")?, &self.bytes("e")?)?;
        PreparedKey::rsa(&numbers, algorithms).ok_or("not an RSA public key".into())
    }

    /// RFC 7518 §6.2.1.
    fn ec(&self) -> Result<PreparedKey, Reason> {
        let crv = self.needed_text("crv")?;
        let curve = Curve::from_name(crv)
            .ok_or_else(|| format!("`crv` is `{}`, expected `P-256`, `P-384` or `P-521`", quoted(crv)))?;
        match self.algorithm()? {
            Some(other) if other != curve.algorithm() => return Err(mismatch(other, curve.name())),
            _ => {}
        }
        let point = EcPoint::new(curve, &self.bytes("x")?, &self.bytes("y")?)?;
        PreparedKey::ec(&point).ok_or_else(|| format!("the point is not on {}", curve.name()).into())
    }

    /// RFC 8037 §2.
    fn okp(&self) -> Result<PreparedKey, Reason> {
        match self.needed_text("crv")? {
            "Ed25519" => {}
            other => return Err(format!("`crv` is `{}`, expected `Ed25519`", quoted(other)).into()),
        }
        match self.algorithm()? {
            None | Some(Algorithm::EdDSA) => {}
            Some(other) => return Err(mismatch(other, "an Ed25519 key")),
        }
        let point = EdPoint::new(&self.bytes("x")?)?;
        PreparedKey::ed25519(&point).ok_or("not the encoding of an Ed25519 point".into())
    }

    /// Reads `alg`; some servers write `null` for "not said".
    fn algorithm(&self) -> Result<Option<Algorithm>, Reason> {
        if self.0.get("alg").is_some_and(Value::is_null) {
            return Ok(None);
        }
        let Some(name) = self.text("alg")? else { return Ok(None) };
        match Algorithm::from_name(name) {
            Some(algorithm) => Ok(Some(algorithm)),
            None => Err(format!("`alg` is `{}`, which is not for verifying tokens", quoted(name)).into()),
        }
    }

    fn text(&self, member: &str) -> Result<Option<&'a str>, Reason> {
        match self.0.get(member) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("`{member}` must be a string").into()),
        }
    }

    fn needed_text(&self, member: &str) -> Result<&'a str, Reason> {
        self.text(member)?.ok_or_else(|| format!("`{member}` is missing").into())
    }

    /// Decodes base64url (RFC 7515 §2): no padding, no other alphabet, no stray bits.
    fn bytes(&self, member: &str) -> Result<Vec<u8>, Reason> {
        let text = self.needed_text(member)?;
        URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| format!("`{member}` must be base64url without padding").into())
    }
}

/// Returns what an RSA key that does not say more is good for.
pub(super) fn rsa_algorithms() -> Algorithms {
    use Algorithm::{PS256, PS384, PS512, RS256, RS384, RS512};

    [RS256, RS384, RS512, PS256, PS384, PS512].into_iter().collect()
}

fn mismatch(algorithm: Algorithm, key: &str) -> Reason {
    format!("`alg` is `{algorithm}`, which does not go with {key}").into()
}

/// RFC 7518 §6.2.2, §6.3.2 and §6.4.1.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixtures::{P256_X, P256_Y, ROCA_N, RSA_N, ed25519, p256, p384, p521, rsa};
    use super::*;

    /// Returns `jwk` with the members of `changes` put in its place.
    fn with(mut jwk: Value, changes: Value) -> Value {
        let Value::Object(changes) = changes else { panic!("not an object") };
        jwk.as_object_mut().unwrap().extend(changes);
        jwk
    }

    fn without(mut jwk: Value, member: &str) -> Value {
        jwk.as_object_mut().unwrap().remove(member).unwrap();
        jwk
    }

    #[test]
    fn a_key_does_the_algorithms_of_its_kind_or_only_its_own() {
        let cases = [
            (rsa(), "RS256, RS384, RS512, PS256, PS384, PS512"),
            (with(rsa(), json!({"alg": null})), "RS256, RS384, RS512, PS256, PS384, PS512"),
            (with(rsa(), json!({"alg": "RS256"})), "RS256"),
            (with(rsa(), json!({"alg": "PS512"})), "PS512"),
            (p256(), "ES256"),
            (p384(), "ES384"),
            (p521(), "ES512"),
            (with(p256(), json!({"alg": "ES256"})), "ES256"),
            (ed25519(), "EdDSA"),
            (with(ed25519(), json!({"alg": "EdDSA"})), "EdDSA"),
            (with(ed25519(), json!({"alg": "Ed25519"})), "EdDSA"),
            (with(p256(), json!({"use": "sig", "key_ops": ["sign", "verify"], "kid": "a"})), "ES256"),
            (with(rsa(), json!({"x5c": "not an array", "x5t": 7, "issuer": "https://id.example.com"})), RSA),
        ];
        for (jwk, expected) in cases {
            let algorithms: Algorithms = read(&jwk).unwrap().algorithms().collect();
            assert_eq!(algorithms.to_string(), expected, "{jwk}");
        }
    }

    const RSA: &str = "RS256, RS384, RS512, PS256, PS384, PS512";

    #[test]
    fn a_key_that_does_not_fit_is_refused_with_its_reason() {
        let cases = [
            (Value::Null, "not a JSON object"),
            (json!("RSA"), "not a JSON object"),
            (json!([rsa()]), "not a JSON object"),
            (json!({}), "`kty` is missing"),
            // RFC 7517 §4.1 to §4.5.
            (without(rsa(), "kty"), "`kty` is missing"),
            (with(rsa(), json!({"kty": 1})), "`kty` must be a string"),
            (with(rsa(), json!({"kty": "rsa"})), "`kty` is `rsa`"),
            (with(rsa(), json!({"kty": "AKP", "alg": "ML-DSA-44"})), "`kty` is `AKP`"),
            (with(rsa(), json!({"kid": 7})), "`kid` must be a string"),
            (with(rsa(), json!({"kid": null})), "`kid` must be a string"),
            (with(rsa(), json!({"use": "enc"})), "`use` is `enc`, expected `sig`"),
            (with(rsa(), json!({"use": ["sig"]})), "`use` must be a string"),
            (with(rsa(), json!({"key_ops": []})), "does not list `verify`"),
            (with(rsa(), json!({"key_ops": ["sign"]})), "does not list `verify`"),
            (with(rsa(), json!({"key_ops": "verify"})), "`key_ops` must be an array of strings"),
            (with(rsa(), json!({"key_ops": ["verify", 1]})), "`key_ops` must be an array of strings"),
            (with(rsa(), json!({"alg": 256})), "`alg` must be a string"),
            // RFC 8725 §3.1: one key, one algorithm.
            (with(rsa(), json!({"alg": "none"})), "`alg` is `none`"),
            (with(rsa(), json!({"alg": "RSA-OAEP"})), "`alg` is `RSA-OAEP`"),
            (with(rsa(), json!({"alg": "HS256"})), "does not go with an RSA key"),
            (with(rsa(), json!({"alg": "ES256"})), "does not go with an RSA key"),
            (with(p256(), json!({"alg": "ES521"})), "`alg` is `ES521`"),
            (with(p256(), json!({"alg": "ES384"})), "does not go with P-256"),
            (with(p384(), json!({"alg": "ES256"})), "does not go with P-384"),
            (with(p256(), json!({"alg": "RS256"})), "does not go with P-256"),
            (with(ed25519(), json!({"alg": "ES256"})), "does not go with an Ed25519 key"),
            (with(ed25519(), json!({"alg": "Ed448"})), "`alg` is `Ed448`"),
            // Secrets, and halves that should never have left home.
            (json!({"kty": "oct", "k": "AAAA"}), "KeySet::from_secret"),
            (json!({"kty": "oct"}), "KeySet::from_secret"),
            (with(rsa(), json!({"d": "AQAB"})), "private member `d`"),
            (with(rsa(), json!({"d": null})), "private member `d`"),
            (with(rsa(), json!({"p": "AQAB"})), "private member `p`"),
            (with(rsa(), json!({"q": "AQAB"})), "private member `q`"),
            (with(rsa(), json!({"dp": "AQAB"})), "private member `dp`"),
            (with(rsa(), json!({"dq": "AQAB"})), "private member `dq`"),
            (with(rsa(), json!({"qi": "AQAB"})), "private member `qi`"),
            (with(rsa(), json!({"oth": []})), "private member `oth`"),
            (with(rsa(), json!({"k": "AQAB"})), "private member `k`"),
            (with(p256(), json!({"d": P256_X})), "private member `d`"),
            (with(ed25519(), json!({"d": P256_X})), "private member `d`"),
            // RFC 7518 §6.3.1.
            (without(rsa(), "n"), "`n` is missing"),
            (without(rsa(), "e"), "`e` is missing"),
            (with(rsa(), json!({"n": 7})), "`n` must be a string"),
            (with(rsa(), json!({"e": 65537})), "`e` must be a string"),
            (with(rsa(), json!({"n": ""})), "the modulus has 0 bits"),
            (with(rsa(), json!({"n": "AQAB"})), "the modulus has 17 bits"),
            (with(rsa(), json!({"e": ""})), "the exponent must be odd"),
            (with(rsa(), json!({"e": "AQ"})), "the exponent must be odd"),
            (with(rsa(), json!({"e": "AQAA"})), "the exponent must be odd"),
            (with(rsa(), json!({"n": ROCA_N})), "CVE-2017-15361"),
            // RFC 7515 §2: base64url, no padding, and only one way to write it.
            (with(rsa(), json!({"n": format!("{RSA_N}==")})), "`n` must be base64url"),
            (with(rsa(), json!({"n": RSA_N.replace('_', "/")})), "`n` must be base64url"),
            (with(rsa(), json!({"e": "AQ AB"})), "`e` must be base64url"),
            (with(rsa(), json!({"e": "AR"})), "`e` must be base64url"),
            // RFC 7518 §6.2.1.
            (without(p256(), "crv"), "`crv` is missing"),
            (with(p256(), json!({"crv": "secp256k1"})), "`crv` is `secp256k1`"),
            (with(p256(), json!({"crv": "P-384"})), "expected 48 each for P-384"),
            (with(p256(), json!({"x": "AAAA"})), "3 and 32 bytes, expected 32"),
            (with(p256(), json!({"y": format!("AAAA{P256_Y}")})), "32 and 35 bytes, expected 32"),
            (without(p256(), "y"), "`y` is missing"),
            (with(p256(), json!({"x": P256_Y})), "the point is not on P-256"),
            (with(p256(), json!({"x": ZERO, "y": ZERO})), "the point is not on P-256"),
            // RFC 8037 §2.
            (without(ed25519(), "crv"), "`crv` is missing"),
            (with(ed25519(), json!({"crv": "X25519"})), "`crv` is `X25519`"),
            (with(ed25519(), json!({"crv": "Ed448"})), "`crv` is `Ed448`"),
            (with(ed25519(), json!({"kty": "EC"})), "`crv` is `Ed25519`"),
            (with(ed25519(), json!({"x": "AAAA"})), "this one has 3"),
            (with(ed25519(), json!({"x": ZERO})), "small order"),
        ];
        for (jwk, expected) in cases {
            let reason = read(&jwk).err().unwrap_or_default();
            assert!(reason.contains(expected), "`{reason}` for {jwk}");
        }
    }

    #[test]
    fn a_key_that_names_an_issuer_is_of_that_one_alone() {
        let tenant = "https://login.microsoftonline.com/3f1c6c1e-8f0b-4c52-9a4e-6d2f5b7a9c10/v2.0";
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let cases = [
            // No word of an issuer, or none that could be one.
            (rsa(), tenant, true),
            (with(rsa(), json!({"issuer": null})), tenant, true),
            // Byte for byte.
            (with(rsa(), json!({"issuer": tenant})), tenant, true),
            (with(rsa(), json!({"issuer": format!("{tenant}/")})), tenant, false),
            (with(rsa(), json!({"issuer": tenant.to_uppercase()})), tenant, false),
            (with(rsa(), json!({"issuer": ""})), tenant, false),
            (with(rsa(), json!({"issuer": "https://login.microsoftonline.com/9/v2.0"})), tenant, false),
            // Entra ID: the template stands for one tenant, whichever, and for nothing else.
            (with(rsa(), json!({"issuer": template})), tenant, true),
            (with(rsa(), json!({"issuer": template})), "https://login.microsoftonline.com/9/v2.0", true),
            (with(rsa(), json!({"issuer": template})), "https://login.microsoftonline.com//v2.0", false),
            (with(rsa(), json!({"issuer": template})), "https://login.microsoftonline.com/v2.0", false),
            (with(rsa(), json!({"issuer": template})), "https://login.microsoftonline.com/9/8/v2.0", false),
            (with(rsa(), json!({"issuer": template})), "https://login.microsoftonline.com/9/v2.0/", false),
            (with(rsa(), json!({"issuer": template})), "https://evil.example.com/9/v2.0", false),
            (with(rsa(), json!({"issuer": template})), "https://sts.windows.net/9/", false),
            (
                with(rsa(), json!({"issuer": "https://sts.windows.net/{tenantid}/"})),
                "https://sts.windows.net/9/",
                true,
            ),
            (
                with(rsa(), json!({"issuer": "https://sts.windows.net/{tenantid}/"})),
                "https://sts.windows.net/9",
                false,
            ),
            (with(rsa(), json!({"issuer": "https://sts.windows.net/{tenantid}/"})), tenant, false),
            // Only this word is a template.
            (
                with(rsa(), json!({"issuer": "https://sts.windows.net/{tenant}/"})),
                "https://sts.windows.net/9/",
                false,
            ),
        ];
        for (entry, issuer, expected) in cases {
            assert_eq!(is_of(&entry, issuer), expected, "{:?} for {issuer}", entry.get("issuer"));
        }
    }

    const ZERO: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_reason_does_not_carry_control_characters_into_the_log() {
        let reason = read(&json!({"kty": "a\nb\u{1b}"})).err().unwrap();
        assert!(!reason.chars().any(char::is_control), "{reason:?}");
    }
}
