//! What PostgreSQL cannot tell apart, or cannot hold.

use std::time::Duration;

use scopa_issuer::Store as _;

use crate::common::stage::Stage;
use crate::server::Server;
use crate::{database, store};

#[tokio::test]
async fn a_page_of_clients_after_what_cannot_be_an_id_is_the_page_after_it() {
    let server = Server::start();
    let store = store(&server).await;
    let stage = Stage::new(store.clone()).await;
    for after in ["\0", "0\0", "\0\u{10ffff}"] {
        let page = store.clients(Some(after), 10).await.unwrap();
        assert_eq!(
            page.iter().map(|client| client.id()).collect::<Vec<_>>(),
            [stage.client_id()],
            "{after:?}"
        );
    }
    assert!(store.clients(Some(&format!("{}\0", stage.client_id())), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn any_patience_can_be_asked_for() {
    let server = Server::start();
    let url = server.url();
    drop(database(&url).patience(Duration::MAX).migrate().await.unwrap());
}
