## Accounts.

sign-in-ended = Deine Sitzung ist beendet. Melde dich an, um weiterzumachen.
sign-in-kept = Was du geschrieben hast, ist noch da. Du kannst es speichern, sobald du angemeldet bist.
sign-in-new = Neu hier?
sign-in-forgot = Passwort vergessen? Wer diesen Server betreibt, kann ein neues setzen.
register-have-account = Hast du schon ein Konto?
register-optional = Freiwillig. Du kannst es später ändern.
register-closed = Die Registrierung ist geschlossen. Wer diesen Server betreibt, kann dir ein Konto anlegen.
register-taken-html = Stattdessen <a href="/login">anmelden</a>?
