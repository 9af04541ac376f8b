//! The executor of commands: loads, decides and saves the commands of many requests in one
//! transaction.

use std::any::Any;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter;
use std::time::Duration;

use super::changes::{CHANGES, entries};
use super::idempotency::{IdempotencyKey, Keys};
use super::projects::PROJECTS;
use super::world::Difference;
use super::{Change, Command, Context, Loads, World};
use crate::access::{self, Role};
use crate::db::batcher::{Batcher, Limits, Pending};
use crate::db::{
    Column, Engine, Kind, Pool, Row, Sql, Table, Timestamp, Transaction, Value, new_id_at,
};
use crate::error::{Error, Kind as Problem};

/// The most commands of a transaction, and the most bytes that they write if they are several.
const COMMANDS: usize = 64;
const BYTES: usize = 1 << 20;

/// The most transactions of batches at once on a database server. While one waits for its commit,
/// another loads.
const TRANSACTIONS: usize = 2;

/// The time that a command waits for its transaction to begin.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Runs commands.
pub struct Executor {
    context: Shared,
    /// Each has the commands of some of the users, so that batches of different ones rarely need the
    /// same project.
    batchers: Vec<Batcher<Submitted, Answer>>,
}

#[derive(Clone)]
struct Shared {
    pool: Pool,
    /// The tables of items, each after those that it refers to.
    tables: &'static [&'static Table],
}

/// The result of a command that was executed.
pub struct Executed<O> {
    /// The outcome.
    pub outcome: O,
    /// True if an earlier request with the same `Idempotency-Key` had this outcome.
    pub replayed: bool,
}

/// A command of a user.
struct Submitted {
    user_id: String,
    loads: Loads,
    key: Option<IdempotencyKey>,
    command: Box<dyn AnyCommand>,
}

type Waiting = Pending<Submitted, Answer>;

type Answer = Result<Response, Error>;

enum Response {
    /// The outcome, of the type that the command has.
    Outcome(Box<dyn Any + Send>),
    /// The outcome of an earlier request, as JSON.
    Replayed(String),
}

/// A command whose type of outcome is erased.
trait AnyCommand: Send + Sync {
    fn name(&self) -> &'static str;

    fn weight(&self) -> usize;

    fn decide(&self, world: &World, context: &Context<'_>, as_json: bool)
    -> Result<Decided, Error>;
}

struct Decided {
    outcome: Box<dyn Any + Send>,
    json: Option<String>,
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
        let json = as_json.then(|| serde_json::to_string(&decision.outcome));
        Ok(Decided {
            json: json.transpose().map_err(unreadable)?,
            outcome: Box::new(decision.outcome),
            changes: decision.changes,
        })
    }
}

impl Executor {
    /// An executor of commands on items of these tables, each after those that it refers to.
    pub fn new(pool: Pool, tables: &'static [&'static Table]) -> Executor {
        let count = match pool.engine() {
            // SQLite has one writer.
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
            context: Shared { pool, tables },
            batchers: iter::repeat_with(batcher).take(count).collect(),
        }
    }

    /// The batcher of a user.
    fn batcher(&self, user_id: &str) -> &Batcher<Submitted, Answer> {
        let mut hasher = DefaultHasher::new();
        user_id.hash(&mut hasher);
        let index = hasher.finish() % self.batchers.len() as u64;
        &self.batchers[index as usize]
    }

    /// Runs a command for a user. The result is on disk when this returns.
    ///
    /// # Errors
    /// Those of the command, [`Error::Database`], or [`Error::Invalid`] if the key belongs to another
    /// request.
    pub async fn run<C: Command>(
        &self,
        user_id: &str,
        command: C,
        key: Option<IdempotencyKey>,
    ) -> Result<Executed<C::Outcome>, Error> {
        let submitted = Submitted {
            user_id: user_id.to_owned(),
            loads: command.loads(),
            key,
            command: Box::new(command),
        };
        let batcher = self.batcher(user_id);
        let answer = batcher.submit(submitted, &self.context, process).await;
        match answer.unwrap_or(Err(Error::Database(sqlx::Error::PoolTimedOut.into())))? {
            Response::Replayed(json) => Ok(Executed {
                outcome: serde_json::from_str(&json).map_err(unreadable)?,
                replayed: true,
            }),
            Response::Outcome(outcome) => match outcome.downcast() {
                Ok(outcome) => Ok(Executed {
                    outcome: *outcome,
                    replayed: false,
                }),
                Err(_) => Err(Error::Internal("an outcome of another type".into())),
            },
        }
    }
}

/// The treatment of rows that another transaction has locked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Locked {
    /// Their commands are executed later, so that nobody else waits for them.
    Skipped,
    /// The transaction waits for them.
    Awaited,
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
        // The rest must not fail with a command that the database refuses.
        Err(error) if error.kind() == Some(Problem::Internal) && batch.len() > 1 => batch,
        Err(error) => {
            for pending in batch {
                pending.respond(Err(error.for_another()));
            }
            return;
        }
    };
    for pending in alone {
        tokio::spawn(execute_alone(context.clone(), pending));
    }
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

/// Executes commands in one transaction. A command has no answer if rows that it needs are missing or
/// locked by another transaction.
async fn execute(
    context: &Shared,
    batch: &[Waiting],
    locked: Locked,
) -> Result<Vec<Option<Answer>>, Error> {
    let commands: Vec<_> = batch.iter().map(|pending| &pending.request).collect();
    let mut transaction = context.pool.begin().await?;
    let mut world = load(&mut transaction, &commands, locked).await?;
    let now = Timestamp::now();
    let keys: Vec<_> = commands
        .iter()
        .filter_map(|command| Some((command.user_id.as_str(), command.key.as_ref()?)))
        .collect();
    let mut keys = Keys::load(&mut transaction, &keys, now).await?;
    // SQLite has one writer, so that no row is locked.
    let are_skipped = locked == Locked::Skipped && context.pool.engine() != Engine::Sqlite;
    let mut log = Vec::new();
    let mut answers = Vec::new();
    for command in commands {
        let user_id = command.user_id.as_str();
        answers.push(if are_skipped && !world.has(user_id, &command.loads) {
            None
        } else {
            Some(decide(command, now, &mut world, &mut keys, &mut log))
        });
    }
    save(&mut transaction, context.tables, &world, keys, log).await?;
    transaction.commit().await?;
    Ok(answers)
}

/// Decides a command, and applies its changes.
fn decide(
    command: &Submitted,
    now: Timestamp,
    world: &mut World,
    keys: &mut Keys,
    log: &mut Vec<Row>,
) -> Answer {
    let user_id = command.user_id.as_str();
    let key = command.key.as_ref();
    if let Some(key) = key
        && let Some(json) = keys.outcome(user_id, key)?
    {
        return Ok(Response::Replayed(json));
    }
    let id = new_id_at(now);
    let context = Context {
        id: &id,
        user_id,
        now,
    };
    let decided = command.command.decide(world, &context, key.is_some())?;
    let name = command.command.name();
    log.extend(entries(name, &context, &decided.changes)?);
    world.apply(&decided.changes);
    if let (Some(key), Some(json)) = (key, decided.json) {
        keys.store(user_id, key, json, now);
    }
    Ok(Response::Outcome(decided.outcome))
}

/// Loads the rows that commands need, as far as their users have access to them.
async fn load(
    transaction: &mut Transaction,
    commands: &[&Submitted],
    locked: Locked,
) -> Result<World, Error> {
    let mut world = World::default();
    let text = |text: &str| Value::Text(text.to_owned());
    let projects: BTreeSet<_> = commands
        .iter()
        .flat_map(|command| {
            let projects = command.loads.projects.iter();
            projects.map(|id| (command.user_id.as_str(), id.as_str()))
        })
        .collect();
    if !projects.is_empty() {
        let asked = projects
            .into_iter()
            .map(|(user_id, id)| vec![text(user_id), text(id)])
            .collect();
        load_projects(transaction, &mut world, asked, locked).await?;
    }
    let mut tables: Vec<&'static Table> = Vec::new();
    for (table, _) in commands.iter().flat_map(|command| &command.loads.items) {
        if !tables.iter().any(|other| other.name == table.name) {
            tables.push(table);
        }
    }
    for table in tables {
        let asked: BTreeSet<_> = commands
            .iter()
            .flat_map(|command| {
                let items = command.loads.items.iter();
                items
                    .filter(|(other, _)| other.name == table.name)
                    .map(|(_, id)| (command.user_id.as_str(), id.as_str()))
            })
            .collect();
        let asked = asked
            .into_iter()
            .map(|(user_id, id)| vec![text(user_id), text(id)])
            .collect();
        load_items(transaction, &mut world, table, asked, locked).await?;
    }
    Ok(world)
}

const fn text_column(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
    }
}

/// The user, the role and the version of the project of a loaded row.
const ACCESS_COLUMNS: [Column; 3] = [
    text_column("member_id"),
    text_column("member_role"),
    Column {
        name: "project_version",
        kind: Kind::Integer,
    },
];

const ACCESS: &str = "asked.user_id AS member_id, project_members.role AS member_role, \
                      projects.version AS project_version, ";

async fn load_projects(
    transaction: &mut Transaction,
    world: &mut World,
    asked: Vec<Row>,
    locked: Locked,
) -> Result<(), Error> {
    let engine = transaction.engine();
    let asked_columns = [text_column("user_id"), text_column("project_id")];
    let query = Sql::new("SELECT ")
        .push(ACCESS)
        .push("asked.project_id FROM ")
        .append(engine.table(&asked_columns, &asked))
        .append(access::join(engine, "asked"))
        .append(lock(engine, &["projects"], locked));
    let mut columns = ACCESS_COLUMNS.to_vec();
    columns.push(text_column("project_id"));
    for row in transaction.fetch_values(&columns, query).await? {
        let (user_id, role, version, rest) = access_of(row)?;
        if let [Value::Text(id)] = rest.as_slice() {
            world.add_project(&user_id, id, role, version);
        }
    }
    Ok(())
}

async fn load_items(
    transaction: &mut Transaction,
    world: &mut World,
    table: &'static Table,
    asked: Vec<Row>,
    locked: Locked,
) -> Result<(), Error> {
    let engine = transaction.engine();
    let asked_columns = [text_column("user_id"), text_column("id")];
    let query = Sql::new("SELECT ")
        .push(ACCESS)
        .append(table.qualified_columns())
        .push(" FROM ")
        .append(engine.table(&asked_columns, &asked))
        .push(engine.ordered_join())
        .push(table.name)
        .append(engine.force_index("id"))
        .push(" ON ")
        .push(table.name)
        .push(".id = asked.id")
        .append(access::join(engine, table.name))
        .append(lock(engine, &["projects", table.name], locked));
    let columns: Vec<_> = ACCESS_COLUMNS
        .iter()
        .chain(table.columns)
        .copied()
        .collect();
    let place = |name| table.columns.iter().position(|column| column.name == name);
    let (Some(id_place), Some(project_place)) = (place("id"), place("project_id")) else {
        return Err(Error::Internal(format!("{} has no items", table.name)));
    };
    for row in transaction.fetch_values(&columns, query).await? {
        let (user_id, role, version, row) = access_of(row)?;
        if let (Value::Text(id), Value::Text(project_id)) = (&row[id_place], &row[project_place]) {
            let (id, project_id) = (id.clone(), project_id.clone());
            world.add_project(&user_id, &project_id, role, version);
            world.add_item(table, &id, &project_id, row);
        }
    }
    Ok(())
}

/// Splits the values of [`ACCESS_COLUMNS`] from the rest of a row.
fn access_of(mut row: Row) -> Result<(String, Role, i64, Row), Error> {
    let rest = row.split_off(ACCESS_COLUMNS.len().min(row.len()));
    if let Ok(
        [
            Value::Text(user_id),
            Value::Text(role),
            Value::Integer(version),
        ],
    ) = <[Value; 3]>::try_from(row)
        && let Some(role) = Role::of_name(&role)
    {
        return Ok((user_id, role, version, rest));
    }
    Err(Error::Internal("a membership cannot be read".into()))
}

/// Locks the rows of these tables until the end of the transaction. Of the rows that are locked by
/// others, PostgreSQL and MySQL then read the newest version.
fn lock(engine: Engine, tables: &[&'static str], locked: Locked) -> Sql {
    let skipped = locked == Locked::Skipped;
    engine.lock_rows(tables, skipped)
}

/// Writes the changes, the versions of the projects, the change log and the keys.
async fn save(
    transaction: &mut Transaction,
    tables: &[&'static Table],
    world: &World,
    keys: Keys,
    log: Vec<Row>,
) -> Result<(), Error> {
    let projects: Vec<Row> = world
        .changed_projects()
        .map(|(id, version)| vec![Value::Text(id.to_owned()), Value::Integer(version)])
        .collect();
    let columns: Vec<_> = PROJECTS
        .columns
        .iter()
        .filter(|column| ["id", "version"].contains(&column.name))
        .copied()
        .collect();
    transaction
        .update_rows(&PROJECTS, &columns, &projects)
        .await?;
    let differences: Vec<_> = tables
        .iter()
        .map(|table| (*table, world.difference(table)))
        .collect();
    for (table, difference) in differences.iter().rev() {
        transaction.delete_rows(table, &difference.deleted).await?;
    }
    for (table, difference) in &differences {
        let (columns, rows) = updates(table, difference);
        transaction.update_rows(table, &columns, &rows).await?;
        transaction.insert_rows(table, &difference.inserted).await?;
    }
    transaction.insert_rows(&CHANGES, &log).await?;
    keys.save(transaction).await
}

/// The key of a table with the columns that change in any of the updated rows, and their values.
fn updates(table: &Table, difference: &Difference) -> (Vec<Column>, Vec<Row>) {
    let changes = |index: usize| {
        let mut updated = difference.updated.iter();
        updated.any(|updated| updated.before[index] != updated.after[index])
    };
    let indexes: Vec<_> = (0..table.columns.len())
        .filter(|index| *index < table.key || changes(*index))
        .collect();
    if indexes.len() == table.key {
        return (Vec::new(), Vec::new());
    }
    let columns = indexes.iter().map(|index| table.columns[*index]).collect();
    let rows = difference.updated.iter().map(|updated| {
        let values = indexes.iter().map(|index| updated.after[*index].clone());
        values.collect()
    });
    (columns, rows.collect())
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::Internal(format!("the outcome of a command: {error}"))
}
