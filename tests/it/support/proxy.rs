//! A way to the database that can be held up: what a client sent has not yet arrived.

use std::sync::Arc;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes connections on to a database, and holds up what the first of them sends while it is told to.
pub(crate) struct Proxy {
    url: String,
    held: watch::Sender<bool>,
    counts: watch::Receiver<Counts>,
    before: Counts,
}

/// Bytes that came by on the first connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    sent: usize,
    answered: usize,
}

impl Proxy {
    /// Stands before the database of this URL, on a port of its own.
    pub(crate) async fn before(url: &str) -> Self {
        let database: PgConnectOptions = url.parse().unwrap();
        let server = (database.get_host().to_owned(), database.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (held, holding) = watch::channel(false);
        let (counting, counts) = watch::channel(Counts::default());
        tokio::spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            relay(client, &server, holding, Arc::new(counting)).await;
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (free, never) = watch::channel(false);
                drop(free);
                relay(client, &server, never, Arc::default()).await;
            }
        });
        let through = database.host("127.0.0.1").port(port);
        Self {
            url: through.to_url_lossy().to_string(),
            held,
            counts,
            before: Counts::default(),
        }
    }

    /// The database's URL by this way.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Holds up what the client sends from now on.
    pub(crate) fn hold(&mut self) {
        self.held.send_replace(true);
        self.before = *self.counts.borrow();
    }

    /// Returns once the client has sent something that is held up here.
    pub(crate) async fn until_sent(&mut self) {
        let before = self.counts.borrow_and_update().sent;
        self.counts
            .wait_for(|counts| counts.sent > before)
            .await
            .unwrap();
    }

    /// Lets go what was held up, and returns once the database has answered to it.
    pub(crate) async fn release(&mut self) {
        let before = self.counts.borrow().answered;
        self.held.send_replace(false);
        self.counts
            .wait_for(|counts| counts.answered > before)
            .await
            .unwrap();
    }
}

/// Both directions of one connection; only what the client sends is held up.
async fn relay(
    client: TcpStream,
    server: &(String, u16),
    held: watch::Receiver<bool>,
    counts: Arc<watch::Sender<Counts>>,
) {
    let upstream = TcpStream::connect((server.0.as_str(), server.1))
        .await
        .unwrap();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = upstream.into_split();
    let sent = Arc::clone(&counts);
    tokio::spawn(pass(from_client, to_server, Some(held), move |bytes| {
        sent.send_modify(|counts| counts.sent += bytes);
    }));
    tokio::spawn(pass(from_server, to_client, None, move |bytes| {
        counts.send_modify(|counts| counts.answered += bytes);
    }));
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut held: Option<watch::Receiver<bool>>,
    count: impl Fn(usize),
) {
    let mut buffer = vec![0; 65_536];
    while let Ok(bytes @ 1..) = from.read(&mut buffer).await {
        count(bytes);
        if let Some(held) = &mut held {
            // Fails once the test is over: then nobody holds anything.
            let _over = held.wait_for(|held| !held).await;
        }
        if to.write_all(&buffer[..bytes]).await.is_err() {
            return;
        }
    }
}
