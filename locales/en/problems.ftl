## Kinds of problems. The title of a kind is the same for every problem of the kind; the detail is a sentence.

problem-malformed = Malformed request
problem-malformed-detail = The request could not be understood.
problem-unauthenticated = Not signed in
problem-unauthenticated-detail = Sign in first.
problem-invalid-token = Invalid token
problem-invalid-token-detail = The token is not valid, or its session has ended. Sign in again.
problem-wrong-credentials = Wrong credentials
problem-insufficient-scope = Insufficient scope
problem-insufficient-scope-detail = The API token does not have the scope { $scope }.
problem-session-required = Session required
problem-session-required-detail = An API token cannot do this. Sign in with your password.
problem-cross-site = Request from another site
problem-cross-site-detail = The request came from another site. Open Docket itself and try again there.
problem-registration-closed = Registration closed
problem-registration-closed-detail = Registration is closed. Ask the server operator for an account.
problem-read-only = Read only
problem-read-only-detail = You can see this, but not change it.
problem-not-found = Not found
problem-not-found-detail = There is nothing here, or it is not yours.
problem-method-not-allowed = Method not allowed
problem-method-not-allowed-detail = This address takes { $methods } only.
problem-not-acceptable = Not acceptable
problem-not-acceptable-detail = The response is JSON, which Accept excludes.
problem-too-slow = Request timeout
problem-too-slow-detail = The body took too long to arrive. Try again.
problem-taken = Already taken
problem-conflict = Conflict
problem-expired = Token expired
problem-expired-detail = The token is too old. Synchronise again without a token.
problem-stale = Changed meanwhile
problem-stale-detail = It has been changed since you read it. Read it again.
problem-too-large = Body too large
problem-unsupported-media-type = Unsupported media type
problem-unsupported-media-type-detail = The Content-Type must be { $expected }.
problem-invalid = Invalid input
problem-too-many-requests = Too many requests
problem-too-many-requests-detail = Too many attempts. Try again in { $wait }.
problem-internal = Internal error
problem-internal-detail = Something went wrong on the server. Nothing was changed.
problem-unknown-method = Unknown method
problem-unknown-method-detail = This server does not know the method.
problem-database-unavailable = Database unavailable
problem-database-unavailable-detail = The database cannot be reached. Try again in a moment.
problem-database-slow = Database too slow
problem-database-slow-detail = The database took too long. Try again in a moment.
problem-busy = Server busy
problem-busy-detail = The server is busy. Try again in a moment.
problem-stopping = Server stopping
problem-stopping-detail = This server is about to stop. Try again in a moment.
problem-storage-full = Storage full
problem-storage-full-detail = The server's disk is full. Nothing was changed.

# A problem of one command of a batch.
problem-in-command = Command { $number } of the batch: { $detail }

# In sentences such as “Try again in 3 minutes.”
duration-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
duration-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
