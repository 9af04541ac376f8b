## Changes of several tasks at once.

bulk-missing = { $count ->
    [one] One of these tasks is not there any more. Nothing was changed.
   *[other] { $count } of these tasks are not there any more. Nothing was changed.
}
bulk-gone = It is not there any more.
bulk-refused = “{ $title }”: { $reason } Nothing was changed.

bulk-selected = Selected tasks
bulk-select-then = Select tasks, then
bulk-complete = Complete
bulk-reopen = Reopen
bulk-due-words = Due, in words
bulk-due-example = fri 9am, 24 dec
bulk-labels-example = errand, home
bulk-move = Move
bulk-move-to = Move…
bulk-clear = Clear the selection
bulk-remove-labels = Remove these labels
bulk-remove-due = Remove the due date
bulk-back = Back to the list
bulk-due-hint = In words, such as tomorrow, fri 9am or 24 dec
bulk-priority-same = As it is
bulk-priority-highest = 1, the highest
bulk-priority-none = 4, none
bulk-place = Move to
bulk-labels-hint = Names, separated by commas
bulk-heading = { $count ->
    [one] Change { $count } task
   *[other] Change { $count } tasks
}

bulk-stay = Stay where they are
