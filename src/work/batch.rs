//! Several commands as one. They share the id of the change, so that one undo reverses all of
//! them.

use std::pin::Pin;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Change, Command, Context, Decision, Expected, Loads, World};
use crate::db::Pool;
use crate::error::{Error, FieldError, Kind};
use crate::locale::{Language, Message, message};

/// The end of the preparation of a step.
pub type Prepared<'s> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 's>>;

/// A command whose outcome is JSON.
pub trait Step: Send + Sync {
    /// Reads what helps the decision, as [`Command::prepare`] does.
    fn prepare<'s>(&'s mut self, pool: &'s Pool, user_id: &'s str) -> Prepared<'s>;

    /// Returns the rows that the decision needs.
    fn loads(&self) -> Loads;

    /// Returns the approximate number of bytes that the command writes.
    fn weight(&self) -> usize;

    /// Decides the changes, as [`Command::decide`] does.
    ///
    /// # Errors
    /// If the command is rejected.
    fn decide(
        &self,
        world: &World,
        context: &Context<'_>,
    ) -> Result<(StepResult, Vec<Change>), Error>;
}

/// The result of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// The HTTP status that the command would have had alone.
    pub status: u16,
    /// The outcome. `None` if the command has none or was rejected.
    pub outcome: Option<Value>,
    /// The reason of the rejection.
    pub error: Option<Rejection>,
}

/// The members of an operation on an existing item.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnItem {
    /// The id of the item.
    pub id: String,
    /// The version that the client expects.
    pub version: Option<i64>,
}

/// Returns the versions that an operation expects.
pub fn expected(version: Option<i64>) -> Expected {
    version.map_or(Expected::Any, |version| Expected::OneOf(vec![version]))
}

/// The reason why a step was rejected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rejection {
    /// The `type` of the problem.
    pub kind: String,
    /// The title of the problem, or the reason of the status.
    pub title: Message,
    /// Advice about an error that is not about fields.
    pub detail: Message,
    /// The invalid fields.
    pub errors: Vec<FieldError>,
}

impl Rejection {
    /// Returns advice in sentences.
    pub fn sentences(&self, language: Language) -> String {
        if self.errors.is_empty() {
            return language.say(&self.detail);
        }
        let sentences = self.errors.iter().map(|each| language.say(&each.message));
        sentences.collect::<Vec<_>>().join(" ")
    }
}

fn plain(text: &str) -> Message {
    message!("plain", text = text)
}

/// A function that parses the members of an operation.
pub type Parse = fn(&Parameters<'_>, &str) -> Result<Box<dyn Step>, Error>;

/// An operation of a batch, which a noun registers under its name.
pub struct Operation {
    /// The name, which is that of the command.
    pub name: &'static str,
    /// Parses the members of the operation, a JSON object without `op` and `ref`.
    pub parse: Parse,
}

/// Parameters of the parsing of an operation.
pub struct Parameters<'p> {
    /// The id of the user.
    pub user_id: &'p str,
}

/// A command with the status of its success.
struct Alone<C> {
    command: C,
    status: u16,
}

/// Makes a step of a command. `status` is the HTTP status of its success; with 204, the outcome is
/// dropped.
pub fn step<C: Command>(command: C, status: u16) -> Box<dyn Step> {
    Box::new(Alone { command, status })
}

impl<C: Command> Step for Alone<C> {
    fn prepare<'s>(&'s mut self, pool: &'s Pool, user_id: &'s str) -> Prepared<'s> {
        Box::pin(self.command.prepare(pool, user_id))
    }

    fn loads(&self) -> Loads {
        self.command.loads()
    }

    fn weight(&self) -> usize {
        self.command.weight()
    }

    fn decide(
        &self,
        world: &World,
        context: &Context<'_>,
    ) -> Result<(StepResult, Vec<Change>), Error> {
        let decision = self.command.decide(world, context)?;
        let outcome = serde_json::to_value(&decision.outcome)
            .map_err(|error| Error::Internal(format!("the outcome of a command: {error}")))?;
        let result = StepResult {
            status: self.status,
            outcome: (self.status != 204).then_some(outcome),
            error: None,
        };
        Ok((result, decision.changes))
    }
}

/// A command of a batch.
pub struct BatchStep {
    /// The id of the item that the command creates, if it creates one.
    pub item_id: String,
    /// The command, or the rejection of one that could not be parsed.
    pub step: Result<Box<dyn Step>, StepResult>,
}

/// A batch of commands.
pub struct Batch {
    atomic: bool,
    steps: Vec<BatchStep>,
}

impl Batch {
    /// Creates a batch. If it is atomic, all commands are executed or none.
    pub fn new(atomic: bool, steps: Vec<BatchStep>) -> Batch {
        Batch { atomic, steps }
    }
}

impl StepResult {
    /// Returns the result of a rejected command.
    pub fn rejected(error: &Error) -> StepResult {
        let kind = error.kind();
        let rejection = Rejection {
            kind: kind.map_or_else(|| crate::error::UNSPECIFIC.into(), |kind| kind.uri()),
            title: kind.map_or_else(|| plain(error.reason()), Kind::title),
            detail: error.advice().unwrap_or_else(|| plain(error.reason())),
            errors: error.fields().to_vec(),
        };
        StepResult {
            status: error.status(),
            outcome: None,
            error: Some(rejection),
        }
    }
}

impl Command for Batch {
    type Outcome = Vec<StepResult>;

    fn name(&self) -> &'static str {
        "batch"
    }

    async fn prepare(&mut self, pool: &Pool, user_id: &str) -> Result<(), Error> {
        for each in &mut self.steps {
            if let Ok(step) = &mut each.step {
                step.prepare(pool, user_id).await?;
            }
        }
        Ok(())
    }

    fn loads(&self) -> Loads {
        let steps = self.steps.iter().filter_map(|each| each.step.as_ref().ok());
        let loads = steps.fold(Loads::default(), |loads, step| loads.and(step.loads()));
        let ids: Vec<_> = self.steps.iter().map(|each| each.item_id.clone()).collect();
        loads.without(&ids)
    }

    fn weight(&self) -> usize {
        let steps = self.steps.iter().filter_map(|each| each.step.as_ref().ok());
        steps.map(|step| step.weight()).sum()
    }

    fn decide(
        &self,
        world: &World,
        context: &Context<'_>,
    ) -> Result<Decision<Vec<StepResult>>, Error> {
        let mut world = world.clone();
        let mut results = Vec::new();
        let mut changes = Vec::new();
        for (index, BatchStep { item_id, step }) in self.steps.iter().enumerate() {
            let context = Context {
                item_id,
                ..*context
            };
            let decided = match step {
                Ok(step) => step.decide(&world, &context),
                Err(rejected) => {
                    results.push(rejected.clone());
                    continue;
                }
            };
            match decided {
                Ok((result, made)) => {
                    world.apply(&context, &made)?;
                    changes.extend(made);
                    results.push(result);
                }
                Err(error) if error.is_fault() => return Err(error),
                Err(error) if self.atomic => {
                    return Err(Error::InCommand(index, Box::new(error)));
                }
                Err(error) => results.push(StepResult::rejected(&error)),
            }
        }
        Ok(Decision {
            outcome: results,
            changes,
        })
    }
}
