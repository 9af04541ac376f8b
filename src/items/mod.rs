//! The tables of what people organise, besides projects. The nouns above have the rules for them.

mod arrange;
mod colour;
mod day;
mod filter;
mod label;
mod order;
mod section;
mod task;

pub use arrange::{Grouping, Sort};
pub use colour::{Colour, DEFAULT_COLOUR};
pub use day::{TASK_DAYS, day_key};
pub use filter::{FILTER, FILTERS, FilterRow};
pub use label::{LABEL, LABELS, LabelRow, check_label_name, ensure_labels, label_key};
pub use order::{Sibling, ids_in_order, position_between};
pub use section::{SECTION, SECTIONS, SectionRow};
pub use task::{TASK, TASK_LABELS, TASKS, TITLE_KEY, TaskRow, labels_of};
