## Tasks.

task-new = New task
task-add = Add task
task-add-a = Add a task
task-add-rest = task
task-new-several = New tasks
task-save-title = Save the title
task-more = More actions
task-duplicate = Duplicate
task-skip = Skip this date
task-end-series = End the series
task-subtasks-heading = Subtasks
task-new-subtask = New subtask
task-add-subtask = Add a subtask
task-added = Added
task-changed = · Changed
task-done-at = · Done
task-saved-now = What is saved now
task-open = Open
task-due-words = Due in words
task-due-date = Due date
task-due-zone = Time zone of the time
task-deadline-words = Deadline in words
task-start-words = Start in words
task-priority-number = Priority, 1 to 4
task-reminder-minutes = Reminder, minutes before
task-notes-rest = notes
task-items-rest = items
task-items-done = done
task-draft = This is what you wrote before. It is not saved yet.
task-drafted = You wrote notes that are not saved.
task-go-on = Go on writing
task-properties = Properties
task-subtask-of = Subtask of
task-parent-change = Change
task-parent-choose = Choose
task-parent-rest = the parent task
task-add-label = Add a label
task-add-reminder-rest = a reminder
task-reminder-before = Before the due date
task-reminder-time = Time of a reminder
task-reminder-example = tomorrow 9am
task-reminder-choose = Before it is due…
task-reminder-0 = When it is due
task-reminder-10 = 10 minutes before
task-reminder-30 = 30 minutes before
task-reminder-60 = 1 hour before
task-reminder-1440 = 1 day before
task-reminder-10080 = 1 week before
task-set = Set
task-wherever = Wherever I am
task-has-notes = has notes
task-done-in-notes = Done in the notes:
task-select = Select
task-move-up = Move up
task-move-down = Move down
task-priority-highest = 1, highest
task-not-a-date = Not a date yet
task-completed = Completed tasks
task-pane = Task
task-open-page = Open as a page
task-close = Close the task
task-add-to = Add a task:
task-done = Done:
task-new-in = New task in { $place }
task-subtasks-done = { $done } of { $count } done
task-remove-label = Remove the label { $label }
task-remove-reminder = Remove the reminder:
task-in-words = in words
task-select-named = Select
task-repeats = repeats
task-subtasks = { $count ->
    [one] subtask
   *[other] subtasks
}
task-actions = Actions for

task-new-today = New task for today
task-new-labelled = New task with the label { $label }

## Reminders of a task.

reminder-at-due = When it is due
reminder-weeks = { $count ->
    [one] { $count } week before
   *[other] { $count } weeks before
}
reminder-days = { $count ->
    [one] { $count } day before
   *[other] { $count } days before
}
reminder-hours = { $count ->
    [one] { $count } hour before
   *[other] { $count } hours before
}
reminder-minutes = { $count ->
    [one] { $count } minute before
   *[other] { $count } minutes before
}

task-no-parent = No task

task-gone = This task is not there any more. It was deleted, or it belongs to another account.
task-changed-elsewhere = The task has been changed elsewhere since you opened it. Your text is below; saving again replaces what is saved now.
task-not-ticked = The notes have been changed elsewhere since you opened them. Nothing was ticked.
