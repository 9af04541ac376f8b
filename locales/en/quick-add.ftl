## Quick add.

quick-create = Create the { $missing }, and add
quick-keep = Keep “{ $text }” in the title
quick-missing = New:
quick-subtasks-of = Subtasks of
quick-in = In
quick-label = Label:
quick-about-vikunja-html = A task in each line; an indented line is a subtask. Dates, <code>!5</code>, <code>+project</code> and <code>*label</code> are understood, and a <code>\</code> before a word keeps it as text.
quick-about-todoist-html = A task in each line; an indented line is a subtask. Dates, <code>p1</code>, <code>#project</code>, <code>/section</code> and <code>@label</code> are understood, and a <code>\</code> before a word keeps it as text.

quick-repeats = Repeats
quick-duration = Duration
quick-person = Person
quick-first-on = { $words }, first on { $date }
quick-minutes = { $count } min
quick-missing-project = project “{ $project }”
quick-missing-section = section “{ $section }” in “{ $project }”
