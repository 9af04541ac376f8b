## Accounts.

sign-in-ended = Your session has ended. Sign in to go on.
sign-in-kept = What you wrote is kept. You can save it once you are signed in.
sign-in-new = New here?
sign-in-forgot = Forgot your password? Whoever runs this server can set a new one.
register-have-account = Have an account?
register-optional = Optional. You can change it later.
register-closed = Registration is closed. Ask the server operator for an account.
register-taken-html = <a href="/login">Sign in</a> instead?
