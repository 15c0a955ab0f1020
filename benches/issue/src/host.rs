use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use http::Request;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use loopback::this_thread;
use scopa::Algorithm;
use scopa_issuer::{CallerAddress, Issuer, MemoryStore, TokenFormat};
use scopa_issuer_sqlx::Database;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;

use crate::setting;

/// Where an issuer keeps its records.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    InMemory,
    /// In a file.
    Sqlite(PathBuf),
    /// In a database with this address, which has tables of its own.
    Postgres(String),
}

impl Kept {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::InMemory => "in memory",
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::InMemory => "memory",
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Makes an issuer with such a store.
    async fn issuer(&self, identifier: &str, format: TokenFormat) -> Result<Issuer, Box<dyn Error>> {
        let key = setting::key(Algorithm::ES256)?;
        match self {
            Self::InMemory => setting::issuer(identifier, MemoryStore::new(), key, format).await,
            Self::Sqlite(file) => {
                let store = Database::sqlite(file).migrate().await?;
                setting::issuer(identifier, store, key, format).await
            }
            Self::Postgres(url) => {
                let store = Database::postgres(url)?.migrate().await?;
                setting::issuer(identifier, store, key, format).await
            }
        }
    }
}

/// Starts hyper on a runtime of one thread, on one core, with an issuer.
pub(crate) fn start(core: usize, kept: Kept, format: TokenFormat) -> io::Result<SocketAddr> {
    let (address, _) = loopback::serve(core, move |listener, tell| {
        runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let identifier = format!("http://{}", listener.local_addr()?);
            let issuer = kept.issuer(&identifier, format).await;
            let issuer = issuer.map_err(|error| io::Error::other(error.to_string()))?;
            let listener = TcpListener::from_std(listener)?;
            tell.send(this_thread()).map_err(io::Error::other)?;
            loop {
                let (stream, peer) = listener.accept().await?;
                // Without it a small answer could wait for the last one's acknowledgement.
                stream.set_nodelay(true)?;
                tokio::spawn(answer(issuer.clone(), stream, peer.ip()));
            }
        })
    })?;
    Ok(address)
}

async fn answer(issuer: Issuer, stream: TcpStream, peer: IpAddr) {
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(CallerAddress(peer));
        let answer = issuer.receive(request);
        async move { Ok::<_, Infallible>(answer.await.map(Full::new)) }
    });
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        eprintln!("a connection ended: {error}");
    }
}
