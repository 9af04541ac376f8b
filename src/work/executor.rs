//! The executor of commands. It loads, decides and saves the commands of several requests in one
//! transaction.

use std::any::Any;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use super::announce::{Senders, notices};
use super::changes::entries;
use super::idempotency::{IdempotencyKey, Keys, earlier};
use super::load::{Locked, load};
use super::save::save;
use super::{Change, Command, Context, ItemType, Loads, Quotas, World};
use crate::auth::User;
use crate::db::batcher::{Batcher, Limits, Pending};
use crate::db::{Engine, Pool, Row, Timestamp, new_id_at};
use crate::error::{Error, Kind};
use crate::live::{self, Hub};
use crate::when::Zone;

/// Maximum number of commands in a transaction, and maximum number of bytes that a transaction
/// with several commands writes.
const COMMANDS: usize = 64;
const BYTES: usize = 1 << 20;

/// Maximum number of concurrent transactions on a database server. While one awaits its commit,
/// another can load.
const TRANSACTIONS: usize = 2;

/// Maximum time that a command waits for its transaction to begin.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Executes commands in batches.
pub struct Executor {
    context: Shared,
    /// Each batcher serves a part of the users, so that concurrent batches rarely need the same
    /// project.
    batchers: Vec<Batcher<Submitted, Answer>>,
}

#[derive(Clone)]
struct Shared {
    pool: Pool,
    /// The types of items, each after those that it refers to.
    types: &'static [&'static ItemType],
    quotas: Quotas,
    hub: Arc<Hub>,
}

/// The result of an executed command.
pub struct Executed<O> {
    /// The outcome.
    pub outcome: O,
    /// The id of the change. `None` if nothing has changed.
    pub change_id: Option<String>,
    /// True if the outcome is that of an earlier request with the same `Idempotency-Key`.
    pub replayed: bool,
}

/// A command submitted by a user.
struct Submitted {
    user_id: String,
    client_name: Option<String>,
    zone: Zone,
    loads: Loads,
    key: Option<IdempotencyKey>,
    command: Box<dyn AnyCommand>,
}

type Waiting = Pending<Submitted, Answer>;

type Answer = Result<Response, Error>;

enum Response {
    /// The outcome, of the command's type, and the id of the change.
    Outcome(Box<dyn Any + Send>, Option<String>),
    /// The outcome of an earlier request, as JSON, and the id of its change.
    Replayed(Box<RawValue>, Option<String>),
}

/// A command with its outcome type erased.
trait AnyCommand: Send + Sync {
    fn name(&self) -> &'static str;

    fn weight(&self) -> usize;

    fn decide(&self, world: &World, context: &Context<'_>, as_json: bool)
    -> Result<Decided, Error>;
}

struct Decided {
    outcome: Box<dyn Any + Send>,
    json: Option<Box<RawValue>>,
    changes: Vec<Change>,
}

impl<C: Command> AnyCommand for C {
    fn name(&self) -> &'static str {
        Command::name(self)
    }

    fn weight(&self) -> usize {
        Command::weight(self)
    }

    fn decide(
        &self,
        world: &World,
        context: &Context<'_>,
        as_json: bool,
    ) -> Result<Decided, Error> {
        let decision = Command::decide(self, world, context)?;
        let json = as_json.then(|| to_raw_value(&decision.outcome));
        Ok(Decided {
            json: json.transpose().map_err(unreadable)?,
            outcome: Box::new(decision.outcome),
            changes: decision.changes,
        })
    }
}

impl Executor {
    /// Creates an executor for commands on items of these types. Each type must follow those that
    /// it refers to.
    pub fn new(
        pool: Pool,
        types: &'static [&'static ItemType],
        quotas: Quotas,
        hub: Arc<Hub>,
    ) -> Executor {
        let count = match pool.engine() {
            // SQLite has only one writer.
            Engine::Sqlite => 1,
            Engine::Postgres | Engine::Mysql => TRANSACTIONS,
        };
        let batcher = || {
            Batcher::new(Limits {
                batches: 1,
                requests: COMMANDS,
                weight: |submitted: &Submitted| submitted.command.weight(),
                total_weight: BYTES,
                timeout: TIMEOUT,
            })
        };
        Executor {
            context: Shared {
                pool,
                types,
                quotas,
                hub,
            },
            batchers: iter::repeat_with(batcher).take(count).collect(),
        }
    }

    /// Returns the types of items, each after those that it refers to.
    pub fn types(&self) -> &'static [&'static ItemType] {
        self.context.types
    }

    /// Returns the batcher of a user.
    fn batcher(&self, user_id: &str) -> &Batcher<Submitted, Answer> {
        let mut hasher = DefaultHasher::new();
        user_id.hash(&mut hasher);
        let index = hasher.finish() % self.batchers.len() as u64;
        &self.batchers[index as usize]
    }

    /// Executes the command of a form, unless its input was invalid.
    ///
    /// # Errors
    /// That of the input, or those of [`Executor::run`].
    pub async fn submit<C: Command>(
        &self,
        user: &User,
        command: Result<C, Error>,
    ) -> Result<Executed<C::Outcome>, Error> {
        self.submit_once(user, command, None).await
    }

    /// Executes the command of a form, unless its input was invalid, or an earlier one with the same
    /// key has been executed.
    ///
    /// # Errors
    /// That of the input, or those of [`Executor::run`].
    pub async fn submit_once<C: Command>(
        &self,
        user: &User,
        command: Result<C, Error>,
        key: Option<IdempotencyKey>,
    ) -> Result<Executed<C::Outcome>, Error> {
        self.run(user, command?, key).await
    }

    /// Returns the result of an earlier request with this key, if there was one.
    ///
    /// # Errors
    /// [`Error::Database`], or [`Error::Invalid`] if the key belongs to another request.
    pub async fn earlier<O: DeserializeOwned>(
        &self,
        user: &User,
        key: &IdempotencyKey,
    ) -> Result<Option<Executed<O>>, Error> {
        let found = earlier(&self.context.pool, &user.id, key).await?;
        Ok(found.map(|(change_id, outcome)| Executed {
            outcome,
            change_id,
            replayed: true,
        }))
    }

    /// Executes a command for a user. When this returns, the changes are durable.
    ///
    /// # Errors
    /// Errors of the command, [`Error::Database`], or [`Error::Invalid`] if the key belongs to
    /// another request.
    pub async fn run<C: Command>(
        &self,
        user: &User,
        mut command: C,
        key: Option<IdempotencyKey>,
    ) -> Result<Executed<C::Outcome>, Error> {
        command.prepare(&self.context.pool, &user.id).await?;
        let submitted = Submitted {
            user_id: user.id.clone(),
            client_name: user.client_name.clone(),
            zone: user.preferences.time_zone,
            loads: command.loads(),
            key,
            command: Box::new(command),
        };
        let batcher = self.batcher(&user.id);
        let answer = batcher.submit(submitted, &self.context, process).await;
        match answer.unwrap_or(Err(Error::Database(sqlx::Error::PoolTimedOut.into())))? {
            Response::Replayed(json, change_id) => Ok(Executed {
                outcome: serde_json::from_str(json.get()).map_err(unreadable)?,
                change_id,
                replayed: true,
            }),
            Response::Outcome(outcome, change_id) => match outcome.downcast() {
                Ok(outcome) => Ok(Executed {
                    outcome: *outcome,
                    change_id,
                    replayed: false,
                }),
                Err(_) => Err(Error::Internal("an outcome of another type".into())),
            },
        }
    }
}

async fn process(context: Shared, batch: Vec<Waiting>) {
    let executed = execute(&context, &batch, Locked::Skipped).await;
    let alone = match executed {
        Ok(answers) => {
            let mut alone = Vec::new();
            for (pending, answer) in batch.into_iter().zip(answers) {
                match answer {
                    Some(answer) => pending.respond(answer),
                    None => alone.push(pending),
                }
            }
            alone
        }
        // A command that the database rejects must not fail the others, so each is executed alone.
        Err(error) if is_refusal(&error) && batch.len() > 1 => batch,
        Err(error) => return fail(batch, error),
    };
    for pending in alone {
        tokio::spawn(execute_alone(context.clone(), pending));
    }
}

/// Fails all commands of a batch.
fn fail(batch: Vec<Waiting>, error: Error) {
    let mut batch = batch.into_iter();
    let first = batch.next();
    for pending in batch {
        pending.respond(Err(error.for_another()));
    }
    if let Some(first) = first {
        first.respond(Err(error));
    }
}

/// Returns true if the database is available but rejected a statement, because of a fault or
/// because the project has just been deleted.
fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), Some(Kind::Internal | Kind::NotFound))
}

async fn execute_alone(context: Shared, pending: Waiting) {
    let executed = execute(&context, std::slice::from_ref(&pending), Locked::Awaited).await;
    let answer = executed.map(|answers| answers.into_iter().next().flatten());
    pending.respond(match answer {
        Ok(Some(answer)) => answer,
        Ok(None) => Err(Error::NotFound),
        Err(error) => Err(error),
    });
}

/// Executes commands in one transaction. The answer of a command is `None` if rows that it needs
/// are missing or locked by another transaction.
async fn execute(
    context: &Shared,
    batch: &[Waiting],
    locked: Locked,
) -> Result<Vec<Option<Answer>>, Error> {
    let commands: Vec<_> = batch.iter().map(|pending| &pending.request).collect();
    let mut transaction = context.pool.begin().await?;
    let loads: Vec<_> = commands
        .iter()
        .map(|command| (command.user_id.as_str(), &command.loads))
        .collect();
    let mut world = load(&mut transaction, context.types, &loads, locked).await?;
    let now = Timestamp::now();
    let keys: Vec<_> = commands
        .iter()
        .filter_map(|command| Some((command.user_id.as_str(), command.key.as_ref()?)))
        .collect();
    let mut keys = Keys::load(&mut transaction, &keys, now).await?;
    // SQLite has only one writer, so no row can be locked.
    let are_skipped = locked == Locked::Skipped && context.pool.engine() != Engine::Sqlite;
    let mut log = Vec::new();
    let mut senders = Senders::default();
    let mut answers = Vec::new();
    for command in commands {
        let user_id = command.user_id.as_str();
        answers.push(if are_skipped && !world.has(user_id, &command.loads) {
            None
        } else {
            Some(decide(
                command,
                &context.quotas,
                now,
                &mut world,
                &mut keys,
                &mut log,
                &mut senders,
            ))
        });
    }
    save(&mut transaction, context.types, &world, keys, log).await?;
    let notices = notices(&world, &senders);
    live::record(&mut transaction, &notices).await?;
    transaction.commit().await?;
    context.hub.publish_committed(&notices);
    Ok(answers)
}

/// Decides a command and applies its changes.
fn decide(
    command: &Submitted,
    quotas: &Quotas,
    now: Timestamp,
    world: &mut World,
    keys: &mut Keys,
    log: &mut Vec<Row>,
    senders: &mut Senders,
) -> Answer {
    let user_id = command.user_id.as_str();
    let key = command.key.as_ref();
    if let Some(key) = key
        && let Some(json) = keys.outcome(user_id, key)?
    {
        let (change_id, json) = serde_json::from_str(&json).map_err(unreadable)?;
        return Ok(Response::Replayed(json, change_id));
    }
    let id = new_id_at(now);
    let context = Context {
        id: &id,
        item_id: &id,
        user_id,
        zone: command.zone,
        now,
        quotas,
    };
    let decided = command.command.decide(world, &context, key.is_some())?;
    let name = command.command.name();
    log.extend(entries(name, &context, &decided.changes)?);
    world.apply(&context, &decided.changes)?;
    senders.note(command.client_name.as_deref(), &decided.changes);
    let change_id = (!decided.changes.is_empty()).then_some(id);
    if let (Some(key), Some(json)) = (key, decided.json) {
        let json = serde_json::to_string(&(&change_id, &json)).map_err(unreadable)?;
        keys.store(user_id, key, json, now);
    }
    Ok(Response::Outcome(decided.outcome, change_id))
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::Internal(format!("the outcome of a command: {error}"))
}
