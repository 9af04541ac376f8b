## Tokens.

token-copy-now = Kopiere es jetzt. Es wird nicht noch einmal gezeigt, und wer es hat, kann es benutzen.
token-the-new = Das neue Token
token-copy = Kopieren
token-new = Neues Token
token-permissions = Berechtigungen
token-expires = Läuft ab
token-create = Token erstellen
token-yours = Deine Tokens
token-yours-about = Ein widerrufenes Token gilt sofort nicht mehr. Ein neues Passwort widerruft alle.
token-revoke = Widerrufen
token-none = Du hast keine Tokens.
token-not-created = Das Token wurde nicht erstellt.
token-name-hint = Wofür es ist, zum Beispiel „Sicherungsskript“.
token-expires-7 = In 7 Tagen
token-expires-30 = In 30 Tagen
token-expires-90 = In 90 Tagen
token-expires-year = In einem Jahr
token-expires-never = Nie
token-never-used = Nie benutzt
token-never-expires = Läuft nie ab
token-created-html = Token „<bdi>{ $name }</bdi>“ erstellt
token-new-about-html = Für ein Skript oder Programm, das die <a href="/api/docs">API</a> in deinem Namen benutzt. Gib ihm nicht mehr, als es braucht.
token-used = Benutzt
token-expired = Abgelaufen
token-named = (Token { $name })

## Permissions.

token-scope-tasks-read = Aufgaben lesen
token-scope-tasks-write = Aufgaben hinzufügen, ändern und löschen
token-scope-projects-read = Projekte und Abschnitte lesen
token-scope-projects-write = Projekte und Abschnitte hinzufügen, ändern und löschen
token-scope-labels-read = Labels lesen
token-scope-labels-write = Labels hinzufügen, ändern, zusammenführen und löschen
token-scope-filters-read = Gespeicherte Filter lesen
token-scope-filters-write = Gespeicherte Filter hinzufügen, ändern und löschen
token-scope-account = Das Konto lesen; das Profil ändern, Sitzungen abmelden, Tokens widerrufen
