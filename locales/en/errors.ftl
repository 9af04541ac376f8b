## Messages about fields. Each is a sentence and does not repeat the value.

error-too-long = That's { $count } characters; { $thing } can have { $limit }.
error-no-nul = { CAPITAL($thing) } can't contain the character NUL.
error-no-controls = { CAPITAL($thing) } can't contain line breaks or other control characters.
error-page-size = A page can have 1 to { $most } items.
error-not-allowed = This value is not allowed.
error-choose-one = Choose one of { $names }.

## Things in messages about fields, at the beginning or within a sentence, as its subject.

thing-title = a title
thing-name = a name
thing-description = a description
thing-search = a search
thing-password = a password
thing-filter = a filter
thing-rule = a rule
thing-key = a key
thing-line = a line
thing-text = a text

## Error pages.

error-reference = Reference: { $id }
error-page-fault = Something went wrong on the server. Reference: { $id }
error-session-ended = Your session has ended. Nothing was changed.
error-heading-forbidden = That isn't allowed
error-heading-not-found = We can't find that page
error-heading-method = That doesn't work here
error-heading-slow = That took too long
error-heading-changed = This was changed elsewhere
error-heading-large = That's too much at once
error-heading-attempts = Too many attempts
error-heading-unavailable = Docket can't do that right now
error-heading-fault = Something went wrong on the server
error-heading-malformed = Docket can't understand that
error-cannot-sign-in = Docket can't sign you in right now. Try again in a moment.
error-cannot-show = Docket can't show this page right now. Try again in a moment.
error-cannot-save = Docket can't save right now. Try again in a moment.
error-moved-or-deleted = It was moved or deleted, or the address has a mistake.
error-another-way = Go back and try it another way.
error-not-a-form = The form was not sent as a form.

## Bodies of requests.

error-refresh-token = The refresh token is not valid. Sign in again.
error-wrong-credentials = Wrong e-mail or password.
error-body-too-large = The body is larger than 1 MiB.
error-body-too-large-for-anyone = The body is larger than 16 KiB, and nobody is signed in.
error-upload-too-large = The body is larger than this address takes.
error-not-json = The body is not JSON: { $error }.
error-body-unreadable = The body could not be read.
error-body-not-utf-8 = The body is not UTF-8.
error-fields-not-utf-8 = The fields are not UTF-8.
error-body-not-an-object = The body must be an object.
error-unknown-field = There is no field { $name }.
error-missing-field = The field { $name } is missing.
error-duplicate-field = The field { $name } is there more than once.
error-expected-value = The value of { $field } must be { $expected }.
error-value-out-of-range = The value of { $field } is out of range.
error-value-wrong-type = The value of { $field } has the wrong type.
error-in-line = Line { $number }: { $message }

error-title = Error:
unsaved = Not saved yet
unsaved-correct = Correct what is marked, and save it.
unsaved-before = This is what you wrote before. Check it, then save it.
unsaved-discard = Discard it
unsaved-still-here = Your text is still here.
unsaved-as-new = You can save it as a new task.
unsaved-nothing-saved = Nothing was saved.
error-go-tasks = Go to your tasks
error-go-home = Go to the home page
error-reference-label = Reference:
error-new-tab = in a new tab, then try again here.
unsaved-signed-in = You are signed in as { $email }.
