## Tokens.

token-copy-now = Copy it now. It is not shown again, and whoever has it can use it.
token-the-new = The new token
token-copy = Copy
token-new = New token
token-permissions = Permissions
token-expires = Expires
token-create = Create token
token-yours = Your tokens
token-yours-about = A revoked token stops working at once. A new password revokes them all.
token-revoke = Revoke
token-none = You have no tokens.
token-not-created = The token was not created.
token-name-hint = What it is for, such as Backup script.
token-expires-7 = In 7 days
token-expires-30 = In 30 days
token-expires-90 = In 90 days
token-expires-year = In a year
token-expires-never = Never
token-never-used = Never used
token-never-expires = Never expires
token-created-html = Token “<bdi>{ $name }</bdi>” created
token-new-about-html = For a script or a program that uses the <a href="/api/docs">API</a> in your name. Give it no more than it needs.
token-used = Used
token-expired = Expired
token-named = the token { $name }

## Permissions.

token-scope-tasks-read = Read tasks
token-scope-tasks-write = Add, change and delete tasks
token-scope-projects-read = Read projects and sections
token-scope-projects-write = Add, change and delete projects and sections
token-scope-labels-read = Read labels
token-scope-labels-write = Add, change, merge and delete labels
token-scope-filters-read = Read saved filters
token-scope-filters-write = Add, change and delete saved filters
token-scope-account = Read the account; change the profile, sign out sessions, revoke tokens
