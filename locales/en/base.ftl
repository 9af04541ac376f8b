## Texts that are the same in every language.

# A text that is not translated, such as a name.
plain = { $text }

save = Save
cancel = Cancel
close = Close
edit = Edit
delete = Delete
undo = Undo
add = Add
apply = Apply
remove = Remove
search = Search
load-more = Load more
back = Back
menu = Menu
none = None
close-message = Close this message
skip = Skip to content
about-docket = Docket is a task list that you run yourself: pages for your browser, a JSON API for everything else.
field-name = Name
field-email = E-mail
field-password = Password
field-current-password = Current password
field-new-password = New password
field-your-password = Your password
field-your-password-to-confirm = Your password, to confirm
field-password-hint = 8 to 128 characters. A few unrelated words make a good one.
field-time-zone = Time zone
field-colour = Colour
field-favourite = Favourite
field-description = Description
field-title = Title
field-notes = Notes
field-notes-hint = Markdown: **bold**, *italic*, - list, - [ ] to do, [text](address)
field-due = Due
field-deadline = Deadline
field-start = Start
field-repeat = Repeat
field-minutes = Duration (min)
field-priority = Priority
field-labels = Labels
field-label = Label
field-reminder = Reminder
field-reminders = Reminders
field-project = Project
field-section = Section
field-filter = Filter
field-day = Day
field-time = Time
field-done = Done
move-up = Move { $what } up
move-down = Move { $what } down

search-title = Search

## Colours.

colour-grey = Grey
colour-red = Red
colour-orange = Orange
colour-amber = Amber
colour-yellow = Yellow
colour-lime = Lime
colour-green = Green
colour-teal = Teal
colour-cyan = Cyan
colour-blue = Blue
colour-indigo = Indigo
colour-violet = Violet
colour-purple = Purple
colour-pink = Pink
colour-rose = Rose
colour-brown = Brown
