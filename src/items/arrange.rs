//! The orders and the groups of lists of tasks.

use crate::choice::choice;

choice! {
    /// The order of a list; `-` is descending. Tasks without the value come last.
    pub enum Sort {
        /// Oldest first.
        CreatedAt = "created_at",
        /// Best matches of a search first; without a search, newest first.
        #[default]
        Relevance = "relevance",
        /// Newest first.
        CreatedAtDescending = "-created_at",
        /// Least recently changed first.
        UpdatedAt = "updated_at",
        /// Most recently changed first.
        UpdatedAtDescending = "-updated_at",
        /// Completed earliest first.
        CompletedAt = "completed_at",
        /// Completed most recently first.
        CompletedAtDescending = "-completed_at",
        /// By the first 100 characters of the title, ignoring case.
        Title = "title",
        /// By the first 100 characters of the title, ignoring case, in descending order.
        TitleDescending = "-title",
        /// In the manual order.
        Position = "position",
        /// In the reverse of the manual order.
        PositionDescending = "-position",
        /// Highest priority first.
        Priority = "priority",
        /// Lowest priority first.
        PriorityDescending = "-priority",
        /// Due earliest first.
        Due = "due",
        /// Due latest first.
        DueDescending = "-due",
        /// Earliest deadline first.
        Deadline = "deadline",
        /// Latest deadline first.
        DeadlineDescending = "-deadline",
    }
}

choice! {
    /// The groups of a list.
    pub enum Grouping {
        /// None.
        #[default]
        None = "none",
        /// By day: the earlier one of the due date and the deadline.
        Date = "date",
        /// By section.
        Section = "section",
        /// By priority.
        Priority = "priority",
        /// By label. A task is in the group of each of its labels.
        Label = "label",
    }
}
