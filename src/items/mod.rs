//! The tables of what people organise, besides projects. The nouns above have the rules for them.

mod label;
mod section;
mod task;

pub use label::{LABEL, LABELS, LabelRow, check_label_name, ensure_labels, label_key};
pub use section::{SECTION, SECTIONS, SectionRow};
pub use task::{TASK, TASK_LABELS, TASKS, TITLE_KEY, TaskRow, labels_of};
