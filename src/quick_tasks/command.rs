//! The command that creates the tasks of a text.

use super::input::QuickInput;
use super::places::Places;
use super::plan::{Defaults, Plan, TASK, plan};
use crate::db::Pool;
use crate::error::{Error, FieldError};
use crate::quick_add::{Item, SpanKind};
use crate::tasks::Task;
use crate::when::Preferences;
use crate::work::{Command, Context, Decision, Loads, World};

/// Parts of a line that a task has no field for. They remain in its title.
pub(super) const WITHOUT_FIELD: [SpanKind; 1] = [SpanKind::Assignee];

/// Creates the tasks of a text, and what they name and is missing, as one change.
pub(super) struct QuickAdd {
    user_id: String,
    items: Vec<Item>,
    defaults: Defaults,
    create_missing: bool,
    /// The commands. A rejection is not an error of the preparation: a repeated request gets the
    /// first answer, even if a project has lost its name since.
    plan: Result<Plan, Vec<FieldError>>,
}

impl QuickAdd {
    /// Creates the command for a text of a user.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the input breaks a rule.
    pub fn new(
        user_id: &str,
        preferences: &Preferences,
        input: &QuickInput,
        defaults: Defaults,
    ) -> Result<QuickAdd, Error> {
        Ok(QuickAdd {
            user_id: user_id.to_owned(),
            items: input.lines(preferences, &WITHOUT_FIELD)?,
            defaults,
            create_missing: input.create_missing,
            plan: Err(Vec::new()),
        })
    }
}

impl Command for QuickAdd {
    type Outcome = Vec<Task>;

    fn name(&self) -> &'static str {
        "quick_add"
    }

    async fn prepare(&mut self, pool: &Pool, user_id: &str) -> Result<(), Error> {
        let places = Places::read(pool, user_id, &self.items).await?;
        self.plan = plan(
            &self.user_id,
            &self.items,
            &self.defaults,
            &places,
            self.create_missing,
        );
        Ok(())
    }

    fn loads(&self) -> Loads {
        match &self.plan {
            Ok(plan) => plan.batch.loads(),
            Err(_) => Loads::default(),
        }
    }

    fn weight(&self) -> usize {
        self.plan.as_ref().map_or(0, |plan| plan.batch.weight())
    }

    fn decide(&self, world: &World, context: &Context<'_>) -> Result<Decision<Vec<Task>>, Error> {
        let plan = match &self.plan {
            Ok(plan) => plan,
            Err(fields) => return Err(Error::Invalid(fields.clone())),
        };
        let decided = plan.batch.decide(world, context);
        let decision = decided.map_err(|error| self.of_line(plan, error))?;
        let mut tasks = Vec::new();
        for (result, step) in decision.outcome.into_iter().zip(&plan.steps) {
            if step.field == TASK {
                let task = serde_json::from_value(result.outcome.unwrap_or_default())
                    .map_err(|error| Error::Internal(format!("a task of quick add: {error}")))?;
                tasks.push(task);
            }
        }
        Ok(Decision {
            outcome: tasks,
            changes: decision.changes,
        })
    }
}

impl QuickAdd {
    /// Names the line of a rejected command.
    fn of_line(&self, plan: &Plan, error: Error) -> Error {
        match error {
            Error::InCommand(index, error) if !error.fields().is_empty() => {
                let has_several = self.items.len() > 1;
                let fields = plan.steps.get(index);
                let fields = fields.map(|step| step.errors(error.fields(), has_several));
                Error::Invalid(fields.unwrap_or_default())
            }
            Error::InCommand(_, error) => *error,
            error => error,
        }
    }
}
