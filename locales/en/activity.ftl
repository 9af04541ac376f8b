## Activity.

activity = Activity
activity-nothing-earlier = There is nothing earlier.
activity-earlier = Earlier
activity-earlier-events = events
activity-earlier-changes = changes
activity-show-all = Show all activity

# A type of item, as the object of a sentence.
activity-item = { $kind ->
    [task] the task
    [project] the project
    [section] the section
    [label] the label
   *[filter] the filter
}
# Another type of item, such as a deleted section whose task has changed.
activity-object = { $object ->
    [project] a project
    [section] a section
    [label] a label
    [filter] a filter
   *[other] a task
}
activity-past = { $verb ->
    [create] added
    [complete] completed
    [reopen] reopened
    [move] moved
    [delete] deleted
    [duplicate] duplicated
    [archive] archived
    [unarchive] brought back
    [merge] merged
   *[other] changed
}
activity-create = { $user } added { activity-item } { $name }
activity-change = { $user } changed { activity-item } { $name }
activity-complete = { $user } completed { activity-item } { $name }
activity-reopen = { $user } reopened { activity-item } { $name }
activity-skip = { $user } skipped a date of { activity-item } { $name }
activity-move = { $user } moved { activity-item } { $name }
activity-delete = { $user } deleted { activity-item } { $name }
activity-duplicate = { $user } added, as a copy, { activity-item } { $name }
activity-archive = { $user } archived { activity-item } { $name }
activity-unarchive = { $user } brought back { activity-item } { $name }
activity-merge = { $user } merged a label of { activity-item } { $name }
activity-restore = { $user } restored { activity-item } { $name }
activity-undo = { $user } undid a change of { activity-item } { $name }
activity-with = { $user } { activity-past } { activity-object }, which changed { activity-item } { $name }
activity-somebody = Somebody
activity-groups = Groups
activity-order = Order
activity-none = none
activity-yes = yes
activity-no = no
# A type of item, alone.
activity-noun = { $kind ->
    [task] task
    [project] project
    [section] section
    [label] label
   *[filter] filter
}
