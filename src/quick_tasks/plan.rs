//! The commands that create the tasks of a text, with the projects and sections that are missing.

use std::collections::HashMap;

use super::meaning::{reminder, series};
use super::places::{Places, key};
use crate::db::new_id;
use crate::error::{Code, Error, FieldError, Violation};
use crate::locale::message;
use crate::projects::NewProject;
use crate::projects::commands::CreateProject;
use crate::quick_add::{Item, Parsed};
use crate::sections::NewSection;
use crate::sections::commands::CreateSection;
use crate::tasks::NewTask;
use crate::tasks::commands::CreateTask;
use crate::when::{Date, Due, DueInput};
use crate::work::{Batch, BatchStep, Step, step};

/// Fields of the tasks that are no subtasks and whose lines do not say otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Defaults {
    pub project_id: Option<String>,
    pub section_id: Option<String>,
    pub parent_id: Option<String>,
    /// A further label.
    pub label: Option<String>,
    pub due: Option<Date>,
}

/// The commands of a text.
pub(super) struct Plan {
    pub batch: Batch,
    pub steps: Vec<PlannedStep>,
}

/// The origin of a command.
pub(super) struct PlannedStep {
    /// The number of the line, from 0.
    pub line: usize,
    /// The field of the line that names what the command creates.
    pub field: &'static str,
}

/// The field of a command that creates a task.
pub(super) const TASK: &str = "text";

impl PlannedStep {
    /// Returns the errors of a command, named after the fields of the line. If there are several
    /// lines, the messages say which.
    pub fn errors(&self, fields: &[FieldError], has_several: bool) -> Vec<FieldError> {
        let renamed = fields.iter().map(|error| FieldError {
            field: match error.field.as_str() {
                "title" | "name" => self.field.to_owned(),
                other => other.to_owned(),
            },
            message: match has_several {
                true => message!(
                    "error-in-line",
                    number = self.line + 1,
                    message = error.message.clone()
                ),
                false => error.message.clone(),
            },
            ..error.clone()
        });
        renamed.collect()
    }
}

/// Something that a line names and that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub project: String,
    /// The section, if the project exists or is to be created for it.
    pub section: Option<String>,
}

/// A line whose task is planned.
struct Planned {
    id: String,
    /// The project and the section, if the line or its parent names them.
    named: Option<(String, Option<String>)>,
}

struct Planner<'p> {
    user_id: &'p str,
    items: &'p [Item],
    places: &'p Places,
    /// Ids of new projects by the keys of their names, and of new sections by project and key.
    projects: HashMap<String, String>,
    sections: HashMap<(String, String), String>,
    steps: Vec<BatchStep>,
    planned_steps: Vec<PlannedStep>,
    errors: Vec<FieldError>,
    create_missing: bool,
    missing: Vec<Missing>,
}

/// Plans the commands for lines of a user. If `create_missing` is false, what does not exist is an
/// error.
///
/// # Errors
/// [`Error::Invalid`] for the lines that break a rule.
pub(super) fn plan(
    user_id: &str,
    items: &[Item],
    default: &Defaults,
    places: &Places,
    create_missing: bool,
) -> Result<Plan, Vec<FieldError>> {
    let mut planner = Planner::new(user_id, items, places, create_missing);
    planner.plan(default);
    match planner.errors.is_empty() {
        true => Ok(Plan {
            batch: Batch::new(true, planner.steps),
            steps: planner.planned_steps,
        }),
        false => Err(planner.errors),
    }
}

/// Returns what the lines name and does not exist, each once.
pub(super) fn missing(user_id: &str, items: &[Item], places: &Places) -> Vec<Missing> {
    let mut planner = Planner::new(user_id, items, places, true);
    planner.plan(&Defaults::default());
    planner.missing
}

impl<'p> Planner<'p> {
    fn new(
        user_id: &'p str,
        items: &'p [Item],
        places: &'p Places,
        create_missing: bool,
    ) -> Planner<'p> {
        Planner {
            user_id,
            items,
            places,
            projects: HashMap::new(),
            sections: HashMap::new(),
            steps: Vec::new(),
            planned_steps: Vec::new(),
            errors: Vec::new(),
            create_missing,
            missing: Vec::new(),
        }
    }

    fn plan(&mut self, default: &Defaults) {
        let mut planned: Vec<Planned> = Vec::new();
        for item in self.items {
            let parent = item.parent.and_then(|parent| planned.get(parent));
            let task = match parent {
                Some(parent) => self.subtask(item, parent),
                None => self.task(item, default),
            };
            planned.push(task);
        }
    }

    /// Plans a task at the top of its tree.
    fn task(&mut self, item: &Item, default: &Defaults) -> Planned {
        let named = item.parsed.project.as_deref();
        let named = named.and_then(|name| self.place(item, name));
        let mut new = new_task(&item.parsed);
        match (&named, &item.parsed.project) {
            (Some((project_id, section_id)), _) => {
                new.project_id = Some(project_id.clone());
                new.section_id.clone_from(section_id);
            }
            (None, None) => {
                new.project_id.clone_from(&default.project_id);
                new.section_id.clone_from(&default.section_id);
                new.parent_id.clone_from(&default.parent_id);
            }
            // An unknown project, which is an error.
            (None, Some(_)) => {}
        }
        if let (None, None, Some(date)) = (&new.due, &new.recurrence, default.due) {
            new.due = Some(Due::Day(date).into());
        }
        if let Some(label) = &default.label {
            new.labels.get_or_insert_default().push(label.clone());
        }
        let named = named.or_else(|| {
            let is_inbox = default.section_id.is_none() && default.parent_id.is_none();
            let inbox = is_inbox.then(|| self.user_id.to_owned());
            let project_id = default.project_id.clone().or(inbox)?;
            Some((project_id, default.section_id.clone()))
        });
        let id = self.push_task(item, new);
        Planned { id, named }
    }

    /// Plans a subtask, which is where its parent is.
    fn subtask(&mut self, item: &Item, parent: &Planned) -> Planned {
        if let Some(name) = &item.parsed.project {
            let place = self.place(item, name);
            let differs = match (&place, &parent.named) {
                (None, _) => false,
                (Some((project, None)), Some((parents, _))) => project != parents,
                (Some(place), Some(parents)) => place != parents,
                (Some(_), None) => true,
            };
            if differs {
                let message = message!("quick-place-of-parent");
                self.refuse(item, "project", Violation::new(Code::Invalid, message));
            }
        }
        let mut new = new_task(&item.parsed);
        new.parent_id = Some(parent.id.clone());
        let id = self.push_task(item, new);
        Planned {
            id,
            named: parent.named.clone(),
        }
    }

    /// Returns the ids of the project and the section that a line names. `None` if they do not exist
    /// and cannot be created.
    fn place(&mut self, item: &Item, name: &str) -> Option<(String, Option<String>)> {
        let project_id = self.project(item, name)?;
        let Some(section) = &item.parsed.section else {
            return Some((project_id, None));
        };
        let section_id = self.section(item, name, &project_id, section)?;
        Some((project_id, Some(section_id)))
    }

    fn project(&mut self, item: &Item, name: &str) -> Option<String> {
        if let Some(project) = self.places.project(name) {
            return Some(project.id.clone());
        }
        let key = key(name);
        if let Some(id) = self.projects.get(&key) {
            return Some(id.clone());
        }
        if !self.create_missing {
            let message = message!("quick-no-project", name = name);
            self.refuse(item, "project", Violation::new(Code::UnknownValue, message));
            return None;
        }
        self.missing.push(Missing {
            project: name.to_owned(),
            section: None,
        });
        let new = NewProject {
            name: name.to_owned(),
            ..NewProject::default()
        };
        let command = CreateProject::new(self.user_id, new).map(|command| step(command, 201));
        let id = self.push(item, command, "project");
        self.projects.insert(key, id.clone());
        Some(id)
    }

    fn section(
        &mut self,
        item: &Item,
        project: &str,
        project_id: &str,
        name: &str,
    ) -> Option<String> {
        if let Some(section) = self.places.section(project_id, name) {
            return Some(section.id.clone());
        }
        let key = (project_id.to_owned(), key(name));
        if let Some(id) = self.sections.get(&key) {
            return Some(id.clone());
        }
        if !self.create_missing {
            let message = message!("quick-no-section", project = project, name = name);
            self.refuse(item, "section", Violation::new(Code::UnknownValue, message));
            return None;
        }
        self.missing.push(Missing {
            project: project.to_owned(),
            section: Some(name.to_owned()),
        });
        let new = NewSection {
            project_id: project_id.to_owned(),
            name: name.to_owned(),
            position: None,
        };
        let command = CreateSection::new(new).map(|command| step(command, 201));
        let id = self.push(item, command, "section");
        self.sections.insert(key, id.clone());
        Some(id)
    }

    fn push_task(&mut self, item: &Item, new: NewTask) -> String {
        let command = CreateTask::new(self.user_id, new).map(|command| step(command, 201));
        self.push(item, command, TASK)
    }

    /// Adds a command and returns the id of the item that it creates.
    fn push(
        &mut self,
        item: &Item,
        command: Result<Box<dyn Step>, Error>,
        field: &'static str,
    ) -> String {
        let id = new_id();
        let planned = PlannedStep {
            line: item.line,
            field,
        };
        match command {
            Ok(step) => {
                let item_id = id.clone();
                let step = Ok(step);
                self.steps.push(BatchStep { item_id, step });
                self.planned_steps.push(planned);
            }
            Err(error) => {
                let fields = planned.errors(error.fields(), self.has_several());
                self.errors.extend(fields);
            }
        }
        id
    }

    fn refuse(&mut self, item: &Item, field: &str, violation: Violation) {
        let line = item.line;
        let planned = PlannedStep { line, field: TASK };
        let fields = [violation.of(field)];
        self.errors
            .extend(planned.errors(&fields, self.has_several()));
    }

    fn has_several(&self) -> bool {
        self.items.len() > 1
    }
}

fn new_task(parsed: &Parsed) -> NewTask {
    let labels = &parsed.labels;
    let reminders: Vec<_> = parsed.reminders.iter().map(reminder).collect();
    NewTask {
        title: parsed.title.clone(),
        priority: parsed.priority.map(i64::from),
        labels: (!labels.is_empty()).then(|| labels.clone()),
        due: parsed.due.map(DueInput::from),
        recurrence: parsed.recurrence.as_ref().map(series),
        reminders: (!reminders.is_empty()).then_some(reminders),
        deadline: parsed.deadline,
        duration_minutes: parsed.duration_minutes.map(i64::from),
        ..NewTask::default()
    }
}
