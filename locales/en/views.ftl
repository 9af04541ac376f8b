## Views.

view-beginning = Back to the beginning
view-reschedule = Reschedule all to today
view-more-rest = tasks
view-menu = View
view-layout = Layout
view-group = Group
view-sort = Sort
view-select = Select tasks
view-search-this = This list
view-search = Search tasks
view-search-example = Search, or today & p1
view-save-filter = Save as a filter
view-found = { $count ->
    [one] { $count } task matches
   *[other] { $count } tasks match
}
view-found-more = { $count }+ tasks match
view-that-match = Tasks that match “{ $text }”
view-if-filter = If it is a filter:
view-is-filter-html = These tasks match a filter. To find a word in titles, write <code>search: word</code>.

## Groups of a list.

group-overdue = Overdue
group-open = Open
group-priority = Priority { $number }
group-no-priority = No priority
group-no-label = No label
group-archived-project = Archived project

## Pages without tasks.

empty-no-tasks = No tasks yet
empty-no-tasks-text = A new task goes to the Inbox, unless you choose a project for it.
empty-nothing-done = Nothing completed yet
empty-nothing-done-text = Tasks that you tick off are kept here.
empty-all-done = All done
empty-all-done-text = Nothing is left to do here.
empty-label = No tasks with this label
empty-label-text = Labels are among the fields of a task.
empty-section = No tasks in this section
empty-section-text = Write one in the line above, or move one here.
empty-search = Nothing matches
empty-search-text = Try fewer or other words.
empty-before-search = Search all tasks
empty-before-search-text = Titles and notes are searched, of open tasks and of completed ones.
empty-inbox = The Inbox is empty
empty-inbox-text = New tasks wait here until you move them to a project.
empty-today = Nothing due today
empty-today-text = Tasks appear here on the day on which they are due.
empty-upcoming = Nothing planned
empty-upcoming-text = Tasks with a due date or a deadline after today appear here.
empty-all = Nothing to do
empty-all-text = Open tasks of all projects appear here.
empty-filter = No tasks here
empty-filter-done = No completed task matches this filter.
empty-filter-open = No open task matches this filter.
empty-filter-any = No task matches this filter.
empty-project = No tasks here yet
empty-project-text = Write the first one in the line above.

## The menu of a list.

view-order-default = Default
view-order-relevance = Best match first
view-order-newest = Newest first
view-order-oldest = Oldest first
view-order-changed = Last changed first
view-order-unchanged = Longest unchanged first
view-order-completed = Last completed first
view-order-first-completed = First completed first
view-order-title = Title, A to Z
view-order-title-reversed = Title, Z to A
view-order-manual = Manual order
view-order-manual-reversed = Manual order, reversed
view-order-priority-reversed = Lowest priority first
view-order-due = Due date
view-order-due-reversed = Due last first
view-order-deadline-reversed = Last deadline first
view-group-date = Date
view-status-open = Open
view-status-completed = Completed
view-status-all = All
