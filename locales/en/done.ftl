## Messages about a change that has been made.

done-token-revoked = Token revoked
done-project-added = Project added
done-saved = Saved
done-project-moved = Project moved
done-project-duplicated = Project duplicated
done-project-deleted = Project moved to the trash
done-undone = Undone
done-task-moved = Task moved
done-task-duplicated = Task duplicated
done-date-skipped = Date skipped
done-series-ended = The task does not repeat any more
done-task-added = Task added
done-labels-merged = Labels merged
done-label-added = Label added
done-filter-added = Filter added
done-filter-moved = Filter moved
done-section-added = Section added
done-section-moved = Section moved
done-section-deleted = Section moved to the trash
done-section-archived = Section archived
done-section-in-use = Section in use again
done-restored = Restored
done-purged = Deleted for good
done-trash-emptied = The trash is empty
done-profile-saved = Profile saved
done-appearance-saved = Appearance saved
done-suggestions-hidden = Suggestions hidden
done-password-changed = Password changed. You are signed out everywhere else, and all API tokens are revoked.
done-session-ended = Session signed out
done-other-sessions-ended = Signed out everywhere else
done-account-deleted = Your account and all its tasks were deleted.
done-welcome = Welcome to Docket.
done-signed-out = Signed out
done-archived = Archived: { $name }
done-in-use-again = In use again: { $name }
done-completed = Done: { $title }
done-reopened = Open again: { $title }
done-moved-on = Done: { $title }. Next: { $next }
done-moved-on-before = { $title } had another date already: { $next }
done-deleted = Deleted “{ $name }”
done-gone = This task was deleted elsewhere.
done-added = Added “{ $title }”
done-added-tasks = { $count ->
    [one] Task added
   *[other] Added { $count } tasks
}
done-rescheduled = { $count ->
    [one] { $count } task is due today now
   *[other] { $count } tasks are due today now
}
done-nothing-overdue = No task was overdue
done-tasks = { $count ->
    [one] { $count } task
   *[other] { $count } tasks
}
done-quoted = “{ $name }”
done-deleted-several = Deleted { $what }
done-due = Due { $date }: { $what }
done-no-due = No due date: { $what }
done-priority = Priority { $number }: { $what }
done-moved = Moved { $what }
done-changed = Changed { $what }
