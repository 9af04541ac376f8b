//! A signal between the nodes of a PostgreSQL database.

use std::future::pending;
use std::time::Duration;

use rocket::tokio::time::{sleep, timeout};
use sqlx::postgres::PgListener;

use super::{Engine, Pool, Sql};
use crate::error::Error;

/// The channel of the signal. PostgreSQL has the channels of each database apart.
const CHANNEL: &str = "docket";

/// Pause before another attempt to connect.
const PAUSE: Duration = Duration::from_secs(10);

/// Time limit of a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hears the rings of all nodes, over a connection of its own. Never rings on other engines.
pub struct Doorbell {
    url: Option<String>,
    listener: Option<PgListener>,
}

impl Doorbell {
    /// Creates a bell that is connected when it is used.
    pub(super) fn new(engine: Engine, url: &str) -> Doorbell {
        Doorbell {
            url: (engine == Engine::Postgres).then(|| url.to_owned()),
            listener: None,
        }
    }

    /// Completes when a node has rung since the last call. Rings while the connection was lost are
    /// not heard.
    pub async fn rung(&mut self) {
        loop {
            if self.listener.is_none() {
                self.listener = self.connect().await;
            }
            if let Some(listener) = &mut self.listener {
                match listener.recv().await {
                    Ok(_) => return,
                    Err(_) => self.listener = None,
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// Connects. A failure is not logged: readers of the same database report theirs.
    async fn connect(&self) -> Option<PgListener> {
        let Some(url) = &self.url else {
            return pending().await;
        };
        let connected = timeout(PATIENCE, async {
            let mut listener = PgListener::connect(url).await?;
            listener.listen(CHANNEL).await?;
            Ok::<_, sqlx::Error>(listener)
        });
        connected.await.ok()?.ok()
    }
}

impl Pool {
    /// Rings for all nodes that share a PostgreSQL database. Does nothing on other engines.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn ring(&self) -> Result<(), Error> {
        if self.engine() == Engine::Postgres {
            let notify = Sql::new("SELECT COUNT(*) FROM pg_notify(")
                .bind(CHANNEL)
                .push(", '')");
            self.fetch_value::<i64>(notify).await?;
        }
        Ok(())
    }
}
