## Settings.

settings-profile = Profile
settings-appearance = Appearance
settings-security = Security
settings-tokens = API tokens
settings-data = Data
settings-delete = Delete account
profile-intro = Your name, the e-mail address you sign in with, and how you read and write dates and times.
profile-not-saved = Your profile was not saved.
profile-password-hint = Needed only to change the e-mail address.
profile-week-start = Weeks start on
profile-dates = Dates
profile-times = Times
profile-quick-add = Quick add
profile-quick-add-todoist = Todoist: #project @label p1
profile-quick-add-vikunja = Vikunja: +project *label !5
profile-save = Save profile
appearance-intro = How the pages of your account look, in every browser.
appearance-not-saved = The appearance was not saved.
appearance-save = Save appearance
appearance-theme = Theme
appearance-theme-system = As the system
appearance-theme-light = Light
appearance-theme-dark = Dark
appearance-rows = Rows
appearance-rows-comfortable = Comfortable
appearance-rows-compact = Compact, with more tasks on a screen
appearance-first-steps = First steps
appearance-first-steps-shown = Suggest them on Today, in the first month
appearance-first-steps-hidden = Do not suggest them
data-open-trash = Open the trash
data-export = Your data in other programs
delete-intro = This removes the account and every task in it. It cannot be undone.
delete-not-deleted = Your account was not deleted.
delete-button = Delete account and all tasks
security-password-about = A new password signs out every other browser and program, and revokes every API token.
security-password-not-changed = Your password was not changed.
security-change-password = Change password
security-sessions = Sessions
security-sessions-about = Where this account is signed in. Sign out any you do not recognise.
security-this-browser = This browser
security-sign-out-others = Sign out everywhere else
security-recent = Recent activity
security-recent-about = What happened to this account, and from where.
security-show-all = Show all
security-show-all-of = activity
security-latest-events = Latest events
security-earlier-events = Earlier events
security-events-about = What happened to your account in the last 90 days. If something was not you, change your password and sign out the sessions you do not recognise.
data-trash-about = { $days ->
    [one] Deleted items stay in the trash for { $days } day. Until then you can restore them.
   *[other] Deleted items stay in the trash for { $days } days. Until then you can restore them.
}
data-export-about-html = Everything that you have written is in the JSON API. A program with a token of yours reads all of it with <code>GET /api/v1/changes</code>.
security-times = { $count } times
security-addresses = { $count } addresses
security-active = Active
security-signed-in = Signed in
security-session-of = the session of { $device }

## Security events.

event-registered = Account created
event-signed-in = Signed in
event-sign-in-failed = Failed attempt to sign in
event-password-refused = Entered a wrong password while signed in
event-signed-out = Signed out
event-session-ended = Ended a session
event-other-sessions-ended = Ended all other sessions
event-refresh-token-reused = A refresh token was used twice, so its session was ended
event-password-changed = Changed the password, which ended all other sessions
event-password-set = The server operator set a new password
event-email-changed = Changed the e-mail address
event-account-disabled = The server operator disabled the account
event-account-enabled = The server operator enabled the account
event-all-sessions-ended = The server operator ended all sessions
event-token-made = Created an API token
event-token-revoked = Revoked an API token

## Devices.

device-unknown-program = Unknown program
device-unknown-browser = Unknown browser
device-on = { $browser } on { $system }

appearance-language = Language
appearance-language-browser = As the browser says
