## Navigation.

nav-main = Main
nav-views = Views
nav-tasks = Tasks
nav-inbox = Inbox
nav-today = Today
nav-upcoming = Upcoming
nav-calendar = Calendar
nav-all-tasks = All tasks
nav-completed = Completed
nav-filters = Filters
nav-favourites = Favourites
nav-projects = Projects
nav-add-project = Add a project
nav-trash = Trash
nav-settings = Settings
nav-shortcuts = Keyboard shortcuts
nav-reference = API reference
nav-sign-out = Sign out
nav-sign-in = Sign in
nav-create-account = Create account
nav-search = Search or filter tasks
nav-close-menu = Close the menu
nav-overdue = overdue
nav-open = open
nav-go-to = Go to…
nav-go-to-keys = Go to… (Ctrl+K)
nav-open-page-or-task = Open a page or a task
nav-palette-field = Page, project, label, filter or task
nav-found = Found
nav-signed-in-as = Signed in as
nav-labels = Labels

nav-add-tasks = Add tasks
nav-add-filter = Add a filter
