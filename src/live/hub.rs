//! The open streams of a node. An open stream costs no query: a notice wakes it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use uuid::Uuid;

use super::Notice;
use super::state::{Known, State};
use crate::access::{Hidden, of_member, projects_with_role};
use crate::db::{Pool, Sql, row};
use crate::error::Error;

/// Maximum time that a new stream waits until this node reads notices.
const PATIENCE: Duration = Duration::from_secs(3);

/// A session or an API token, by its id. A stream ends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Credential {
    /// The id of a session.
    Session(Uuid),
    /// The id of an API token.
    ApiToken(Uuid),
}

/// The open streams.
pub struct Hub {
    streams: Mutex<Streams>,
    /// Notified when a stream opens.
    opened: Notify,
    /// True while this node reads the notices of the others.
    watched: watch::Sender<bool>,
    /// Notified after a commit with notices, for the other nodes to look at once.
    committed: Notify,
}

#[derive(Default)]
struct Streams {
    next: u64,
    all: HashMap<u64, Stream>,
    by_user: BTreeSet<(Uuid, u64)>,
    by_project: BTreeSet<(Uuid, u64)>,
}

struct Stream {
    user_id: Uuid,
    credential: Credential,
    state: State,
    wake: Arc<Notify>,
}

/// A stream. Dropping it closes the stream.
pub struct Subscription {
    hub: Arc<Hub>,
    number: u64,
    user_id: String,
    wake: Arc<Notify>,
}

/// A change that the stream has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The version of everything that the user has access to.
    pub version: i64,
    /// True if the client itself made all of the changes.
    pub own: bool,
}

row! {
    struct Membership {
        project_id: String,
        version: i64,
        hidden: i64,
    }
}

impl Default for Hub {
    fn default() -> Hub {
        Hub {
            streams: Mutex::default(),
            opened: Notify::new(),
            watched: watch::Sender::new(false),
            committed: Notify::new(),
        }
    }
}

impl Hub {
    /// Opens a stream. `client` is the name that the client has given itself.
    ///
    /// # Errors
    /// [`Error::Busy`] if the database does not answer, or [`Error::Database`].
    pub async fn subscribe(
        self: &Arc<Hub>,
        pool: &Pool,
        user_id: &str,
        credential: Credential,
        client: Option<String>,
    ) -> Result<Subscription, Error> {
        let id = Uuid::try_parse(user_id)
            .map_err(|_| Error::Internal("the id of a user is no UUID".into()))?;
        let wake = Arc::new(Notify::new());
        let stream = Stream {
            user_id: id,
            credential,
            state: State::new(client),
            wake: wake.clone(),
        };
        let number = {
            let mut streams = self.streams();
            streams.next += 1;
            let number = streams.next;
            streams.all.insert(number, stream);
            streams.by_user.insert((id, number));
            number
        };
        self.opened.notify_one();
        let subscription = Subscription {
            hub: self.clone(),
            number,
            user_id: user_id.to_owned(),
            wake,
        };
        // Notices count from here on. The projects are read later, so that none is missed.
        let mut watched = self.watched.subscribe();
        let watching = timeout(PATIENCE, watched.wait_for(|watched| *watched));
        if !matches!(watching.await, Ok(Ok(_))) {
            return Err(Error::Busy);
        }
        subscription.read(pool).await?;
        self.with(number, |stream| {
            // The client learns the version when the stream begins.
            if stream.state.take_pending().unread {
                stream.state.forget();
            }
        });
        Ok(subscription)
    }

    /// Wakes the streams that the notices concern. Notices can come twice and in any order.
    pub fn publish(&self, notices: &[Notice]) {
        let mut streams = self.streams();
        for notice in notices {
            let (all, id) = match notice {
                Notice::Project { id, .. } => (&streams.by_project, *id),
                Notice::Membership { user_id, .. } => (&streams.by_user, *user_id),
            };
            let concerned: Vec<u64> = numbers(all, id).collect();
            for number in concerned {
                if let Some(stream) = streams.all.get_mut(&number)
                    && stream.state.note(notice)
                {
                    stream.wake.notify_one();
                }
            }
        }
    }

    /// Publishes the notices of a transaction that this node has committed.
    pub fn publish_committed(&self, notices: &[Notice]) {
        if !notices.is_empty() {
            self.publish(notices);
            self.committed.notify_one();
        }
    }

    /// Completes after this node has committed notices.
    pub(super) async fn committed(&self) {
        self.committed.notified().await;
    }

    /// Has all streams read their projects again, because notices may have been missed.
    pub(super) fn forget(&self) {
        for stream in self.streams().all.values_mut() {
            stream.state.forget();
            stream.wake.notify_one();
        }
    }

    /// Returns the sessions and API tokens of the open streams.
    pub fn credentials(&self) -> BTreeSet<Credential> {
        let streams = self.streams();
        streams
            .all
            .values()
            .map(|stream| stream.credential)
            .collect()
    }

    /// Ends the streams of a session or an API token.
    pub fn end(&self, credential: Credential) {
        for stream in self.streams().all.values_mut() {
            if stream.credential == credential {
                stream.state.end();
                stream.wake.notify_one();
            }
        }
    }

    /// Completes when a stream is open.
    pub(super) async fn opened(&self) {
        while self.streams().all.is_empty() {
            self.opened.notified().await;
        }
    }

    /// Says that this node reads notices. Streams that wait for that are opened.
    pub(super) fn begin_watch(&self) {
        self.watched.send_replace(true);
    }

    /// Ends the watch if no stream is open. Returns true if so.
    pub(super) fn end_watch(&self) -> bool {
        // Held until the end, so that no stream is opened in between and relies on the watch.
        let streams = self.streams();
        let is_idle = streams.all.is_empty();
        if is_idle {
            self.watched.send_replace(false);
        }
        is_idle
    }

    fn with<T>(&self, number: u64, act: impl FnOnce(&mut Stream) -> T) -> Option<T> {
        self.streams().all.get_mut(&number).map(act)
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the numbers of the streams of a user or a project.
fn numbers(all: &BTreeSet<(Uuid, u64)>, id: Uuid) -> impl Iterator<Item = u64> {
    all.range((id, 0)..=(id, u64::MAX))
        .map(|(_, number)| *number)
}

impl Subscription {
    /// Returns the number of the stream on this node.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the version of everything that the user has access to, as far as the stream knows.
    pub fn version(&self) -> i64 {
        let version = self.hub.with(self.number, |stream| stream.state.version());
        version.unwrap_or_default()
    }

    /// Waits until there is something to tell. It may turn out to be nothing.
    pub async fn changed(&self) {
        let is_any = |stream: &mut Stream| stream.state.pending().is_any();
        while self.hub.with(self.number, is_any) == Some(false) {
            self.wake.notified().await;
        }
    }

    /// Returns the change to tell, if there is one. Changes since the last call are one.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if the session or the API token has ended, or [`Error::Database`].
    pub async fn take(&self, pool: &Pool) -> Result<Option<Event>, Error> {
        let take = |stream: &mut Stream| stream.state.take_pending();
        let Some(mut pending) = self.hub.with(self.number, take) else {
            return Ok(None);
        };
        if pending.ended {
            return Err(Error::Unauthenticated(
                crate::error::Challenge::InvalidToken,
            ));
        }
        if pending.unread {
            self.read(pool).await?;
            let found = self.hub.with(self.number, take).unwrap_or_default();
            pending.changed |= found.changed;
            pending.foreign |= found.foreign;
            if found.ended {
                self.hub.with(self.number, |stream| stream.state.end());
            }
        }
        Ok(pending.changed.then(|| Event {
            version: self.version(),
            own: !pending.foreign,
        }))
    }

    /// Reads the projects of the user until there is none that the hub did not know before, so that
    /// no notice of one has been ignored.
    async fn read(&self, pool: &Pool) -> Result<(), Error> {
        loop {
            let query = Sql::new(
                "SELECT project_members.project_id AS project_id, projects.version AS version,
                    project_members.hidden AS hidden FROM ",
            )
            .append(projects_with_role(pool.engine()))
            .push(" WHERE ")
            .append(of_member(&self.user_id, Hidden::Deleted));
            let rows: Vec<Membership> = pool.fetch(query).await?;
            let projects: BTreeMap<Uuid, Known> = rows
                .into_iter()
                .filter_map(|row| {
                    let known = Known {
                        version: row.version,
                        visible: row.hidden < Hidden::Deleted.number(),
                    };
                    Some((Uuid::try_parse(&row.project_id).ok()?, known))
                })
                .collect();
            let mut guard = self.hub.streams();
            let streams = &mut *guard;
            let Some(stream) = streams.all.get_mut(&self.number) else {
                return Ok(());
            };
            let (new, gone) = stream.state.replace(&projects);
            for id in gone {
                streams.by_project.remove(&(id, self.number));
            }
            if new.is_empty() {
                return Ok(());
            }
            let known = new.into_iter().map(|id| (id, self.number));
            streams.by_project.extend(known);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut guard = self.hub.streams();
        let streams = &mut *guard;
        if let Some(stream) = streams.all.remove(&self.number) {
            streams.by_user.remove(&(stream.user_id, self.number));
            for id in stream.state.projects() {
                streams.by_project.remove(&(id, self.number));
            }
        }
    }
}
