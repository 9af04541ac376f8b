//! The table of labels. The labels of a user are items of the user's Inbox, which nobody else sees.

use crate::db::{Table, Timestamp, fold, record};
use crate::error::{Code, Error, Violation, check_length, check_no_controls};
use crate::locale::message;
use crate::work::{Change, Context, ItemType, World, check_quota, item, no_tally};

record! {
    /// A row of `labels`.
    pub struct LabelRow in "labels" key 2 {
        /// The Inbox of the user.
        project_id: String,
        id: String,
        name: String,
        /// The folded name, which is unique for a user.
        name_folded: String,
        colour: String,
        /// `None` for the order of creation, in which the id is the position.
        position: Option<String>,
        favourite: bool,
        change_id: Option<String>,
        created_at: Timestamp,
        updated_at: Timestamp,
        version: i64,
    }
}

/// The table of labels.
pub const LABELS: Table = LabelRow::TABLE;

/// Labels as items.
pub static LABEL: ItemType = ItemType {
    noun: "label",
    table: &LABELS,
    project: "project_id",
    version: "version",
    title: "name",
    parent: None,
    deleted: None,
    references: &[],
    tally: no_tally,
    indexes: &[],
    parts: &[],
};

item!(LabelRow, version, &LABEL);

/// Maximum number of characters of a label's name.
const NAME_CHARACTERS: usize = 60;

/// Checks the name of a label.
///
/// # Errors
/// If the name breaks a rule.
pub fn check_label_name(name: &str) -> Result<(), Violation> {
    let trimmed = name.trim();
    if trimmed.is_empty() {
        return Err(Violation::new(
            Code::Required,
            message!("label-name-required"),
        ));
    }
    if [".", ".."].contains(&trimmed) {
        // Programs remove these from the path of a URL.
        let message = message!("label-dots");
        return Err(Violation::new(Code::InvalidCharacters, message));
    }
    check_length(trimmed, NAME_CHARACTERS, message!("thing-label-name"))?;
    check_no_controls(trimmed, message!("thing-label-name"))
}

/// Returns the text by which labels with the same name are found, whatever the case of its letters.
pub fn label_key(name: &str) -> String {
    fold(name.trim())
}

/// Returns the names of the user's labels as the user has written them first, without
/// duplicates, and the changes that create the missing labels. All labels of the user must be
/// loaded.
///
/// # Errors
/// [`Error::Invalid`] if there would be too many labels.
pub fn ensure_labels(
    world: &World,
    context: &Context<'_>,
    names: &[String],
) -> Result<(Vec<String>, Vec<Change>), Error> {
    let inbox = context.user_id;
    let labels = world.items_of::<LabelRow>(inbox)?;
    let (mut found, mut created) = (Vec::new(), Vec::new());
    let mut keys = Vec::new();
    for name in names {
        let key = label_key(name);
        if keys.contains(&key) {
            continue;
        }
        match labels.iter().find(|label| label.name_folded == key) {
            Some(label) => found.push(label.name.clone()),
            None => {
                let version = world.next_version(inbox, context)?;
                let label = LabelRow::new(inbox, &context.new_id(), name, context.now, version);
                found.push(label.name.clone());
                created.push(Change::create(&label)?);
            }
        }
        keys.push(key);
    }
    let has = i64::try_from(labels.len()).unwrap_or(i64::MAX);
    let limit = context.quotas.labels;
    check_quota(
        "labels",
        has,
        created.len(),
        limit,
        message!("quota-labels"),
    )?;
    Ok((found, created))
}

impl LabelRow {
    /// Returns a new label.
    pub fn new(inbox: &str, id: &str, name: &str, now: Timestamp, version: i64) -> LabelRow {
        LabelRow {
            project_id: inbox.to_owned(),
            id: id.to_owned(),
            name: name.trim().to_owned(),
            name_folded: label_key(name),
            colour: "grey".to_owned(),
            position: None,
            favourite: false,
            change_id: None,
            created_at: now,
            updated_at: now,
            version,
        }
    }
}
