//! The command `clients`: who may ask for tokens.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt as _};
use scopa_axum::issuer::{Client, ClientDraft, Clients};

type Outcome = Result<String, Box<dyn Error>>;

/// Does what the arguments say, and returns what there is to print.
///
/// # Errors
/// Says what would be right.
pub async fn run(clients: Clients<'_>, mut arguments: Parser) -> Outcome {
    let command = match arguments.next()? {
        Some(Arg::Value(command)) => command.string()?,
        _ => return Ok(HELP.to_owned()),
    };
    match command.as_str() {
        "create" => create(clients, arguments).await,
        "list" => list(clients).await,
        "rotate" => rotate(clients, arguments).await,
        "revoke" => {
            let [id, secret] = values(&mut arguments, "revoke ID SECRET_ID")?;
            clients.revoke_secret(&id, &secret).await?;
            Ok(format!("secret {secret} is refused from now on\n"))
        }
        "remove" => {
            let [id] = values(&mut arguments, "remove ID")?;
            clients.remove(&id).await?;
            Ok(format!("client {id} is gone, with its secrets and grants\n"))
        }
        _ => Err(HELP.into()),
    }
}

async fn create(clients: Clients<'_>, mut arguments: Parser) -> Outcome {
    let (mut name, mut kind, mut scopes, mut redirect_uris) = (None, None, String::new(), Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("name") => name = Some(arguments.value()?.string()?),
            Arg::Long("kind") => kind = Some(arguments.value()?.string()?),
            Arg::Long("scopes") => scopes = arguments.value()?.string()?,
            Arg::Long("redirect-uri") => redirect_uris.push(arguments.value()?.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let name = name.ok_or("`--name` is missing: what people will read when they are asked to consent")?;
    let draft = match kind.as_deref() {
        Some("machine") => ClientDraft::machine(name),
        Some("web") => ClientDraft::web(name, redirect_uris),
        Some("public") => ClientDraft::public(name, redirect_uris),
        _ => return Err("`--kind` is one of `machine`, `web` and `public`".into()),
    };
    let (client, secret) = clients.create(draft.scopes(scopes.parse()?)).await?;
    let mut told = format!("client id      {}\n", client.id());
    if let Some(secret) = secret {
        writeln!(told, "client secret  {}", secret.as_str())?;
        writeln!(told, "secret id      {}", secret.id())?;
        told += "The secret is shown this once.\n";
    }
    Ok(told)
}

async fn list(clients: Clients<'_>) -> Outcome {
    let mut told = String::new();
    let mut after: Option<String> = None;
    loop {
        let page = clients.list(after.as_deref(), 100).await?;
        for client in &page {
            describe(client, &mut told)?;
        }
        match page.last() {
            Some(last) => after = Some(last.id().to_owned()),
            None => return Ok(told),
        }
    }
}

fn describe(client: &Client, told: &mut String) -> std::fmt::Result {
    // Names are text of strangers: nothing in them moves the cursor.
    writeln!(told, "{}  {}  {}", client.id(), client.name().escape_debug(), client.scopes())?;
    for secret in client.secrets() {
        write!(told, "    secret {}", secret.id())?;
        match secret.expires_at() {
            Some(end) => writeln!(told, ", until {end}")?,
            None => writeln!(told)?,
        }
    }
    Ok(())
}

async fn rotate(clients: Clients<'_>, mut arguments: Parser) -> Outcome {
    let (mut id, mut lifetime) = (None, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Value(value) if id.is_none() => id = Some(value.string()?),
            Arg::Long("days") => {
                let days: u32 = arguments.value()?.parse()?;
                lifetime = Some(Duration::from_secs(u64::from(days) * 86_400));
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let id = id.ok_or("use `rotate ID`, or `rotate ID --days 90`")?;
    let secret = clients.add_secret(&id, lifetime).await?;
    Ok(format!(
        "client secret  {}\nsecret id      {}\nThe secret is shown this once. The others stay good: `clients revoke` ends them.\n",
        secret.as_str(),
        secret.id()
    ))
}

fn values<const N: usize>(arguments: &mut Parser, usage: &str) -> Result<[String; N], Box<dyn Error>> {
    let values = arguments.raw_args()?.map(|value| value.string()).collect::<Result<Vec<_>, _>>()?;
    values.try_into().map_err(|_| format!("use `{usage}`").into())
}

const HELP: &str = "\
Who may ask for tokens:

  clients create --name NAME --kind machine --scopes \"a b\"
  clients create --name NAME --kind web --scopes \"a b\" --redirect-uri URI
  clients create --name NAME --kind public --scopes \"a b\" --redirect-uri URI
  clients list
  clients rotate ID [--days N]     one more secret, beside those that there are
  clients revoke ID SECRET_ID      ends a secret
  clients remove ID                ends the client, with its secrets and grants
";
