//! What can be wrong with the arguments of a preset: each message says what would be right.

use crate::discover::check_issuer;
use crate::invalid::quoted;

/// Whether arguments can be meant, or why not.
pub(super) type Checked = Result<(), String>;

/// Checks the name of a host on the internet: no scheme, no port, no path.
pub(super) fn domain(text: &str, example: &str) -> Checked {
    if text.contains("://") {
        return Err(is_url("domain", text, example));
    }
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if text.contains('.') && text.split('.').all(is_part) {
        return Ok(());
    }
    Err(format!("`{}` is not a whole domain; give it as `{example}`", quoted(text)))
}

/// Checks where a provider is that anybody may run: a host, with port and path if it has them.
///
/// `http://` may stand before a host on loopback; all others are reached by `https`, which is not written.
pub(super) fn host(text: &str, example: &str) -> Checked {
    let name = text.strip_prefix("http://").unwrap_or(text);
    if name.contains("://") {
        return Err(is_url("host", text, example));
    }
    if name.is_empty() || name.ends_with('/') {
        return Err(format!("`{}` is not a host; give it as `{example}`, without a slash", quoted(text)));
    }
    check_issuer(&url(text))
        .map_err(|why| format!("`{}` {why}; give the host alone, such as `{example}`", quoted(text)))
}

/// Returns the address of a [`host`].
pub(super) fn url(host: &str) -> String {
    if host.starts_with("http://") { host.to_owned() } else { format!("https://{host}") }
}

/// Checks what becomes one step of a path, or of the name of a claim.
pub(super) fn step(what: &str, text: &str, example: &str) -> Checked {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Ok(());
    }
    Err(format!("`{}` is not {what}; give it as `{example}`", quoted(text)))
}

/// Checks a list of which every token must fit one member.
pub(super) fn list(what: &str, members: &[String], example: &str) -> Checked {
    if members.is_empty() {
        return Err(format!(
            "the list of {what} is empty; name those whose tokens you take, such as `{example}`"
        ));
    }
    match members.iter().find(|member| member.is_empty() || member.trim() != *member) {
        None => Ok(()),
        Some(member) => {
            Err(format!("`{}` cannot be one of the {what}; give them as `{example}`", quoted(member)))
        }
    }
}

fn is_url(what: &str, text: &str, example: &str) -> String {
    format!("`{}` is a URL; give the {what} alone, such as `{example}`", quoted(text))
}
