## Messages about fields. Each is a sentence and does not repeat the value.

error-too-long = Das sind { $count } Zeichen; { $thing } darf { $limit } haben.
error-no-nul = { CAPITAL($thing) } darf das Zeichen NUL nicht enthalten.
error-no-controls = { CAPITAL($thing) } darf keine Zeilenumbrüche oder andere Steuerzeichen enthalten.
error-page-size = Eine Seite kann 1 bis { $most } Einträge haben.
error-not-allowed = Dieser Wert ist nicht erlaubt.
error-choose-one = Wähle einen dieser Werte: { $names }.

## Things in messages about fields, at the beginning or within a sentence, as its subject.

thing-title = ein Titel
thing-name = ein Name
thing-description = eine Beschreibung
thing-search = eine Suche
thing-password = ein Passwort
thing-filter = ein Filter
thing-rule = eine Regel
thing-key = ein Schlüssel
thing-line = eine Zeile
thing-text = ein Text

## Error pages.

error-reference = Referenz: { $id }
error-page-fault = Auf dem Server ist etwas schiefgegangen. Referenz: { $id }
error-session-ended = Deine Sitzung ist beendet. Nichts wurde geändert.
error-heading-forbidden = Das ist nicht erlaubt
error-heading-not-found = Diese Seite gibt es nicht
error-heading-method = Das geht hier nicht
error-heading-slow = Das hat zu lange gedauert
error-heading-changed = Das wurde anderswo geändert
error-heading-large = Das ist zu viel auf einmal
error-heading-attempts = Zu viele Versuche
error-heading-unavailable = Das geht gerade nicht
error-heading-fault = Auf dem Server ist etwas schiefgegangen
error-heading-malformed = Docket versteht das nicht
error-cannot-sign-in = Du kannst dich gerade nicht anmelden. Versuche es gleich noch einmal.
error-cannot-show = Docket kann diese Seite gerade nicht zeigen. Versuche es gleich noch einmal.
error-cannot-save = Docket kann gerade nicht speichern. Versuche es gleich noch einmal.
error-moved-or-deleted = Sie wurde verschoben oder gelöscht, oder die Adresse ist falsch.
error-another-way = Geh zurück und versuche es anders.
error-not-a-form = Das Formular kam nicht als Formular an.

## Bodies of requests.

error-refresh-token = Das Refresh-Token ist ungültig. Melde dich neu an.
error-wrong-credentials = E-Mail-Adresse oder Passwort ist falsch.
error-body-too-large = Die Daten sind größer als 1 MiB.
error-body-too-large-for-anyone = Die Daten sind größer als 16 KiB, und niemand ist angemeldet.
error-upload-too-large = Die Daten sind größer, als diese Adresse annimmt.
error-not-json = Die Daten sind kein JSON: { $error }.
error-body-unreadable = Die Daten konnten nicht gelesen werden.
error-body-not-utf-8 = Die Daten sind kein UTF-8.
error-fields-not-utf-8 = Die Felder sind kein UTF-8.
error-body-not-an-object = Die Daten müssen ein Objekt sein.
error-unknown-field = Es gibt kein Feld { $name }.
error-missing-field = Das Feld { $name } fehlt.
error-duplicate-field = Das Feld { $name } kommt mehrmals vor.
error-expected-value = Der Wert von { $field } passt nicht; erwartet: { $expected }.
error-value-out-of-range = Der Wert von { $field } ist zu groß oder zu klein.
error-value-wrong-type = Der Wert von { $field } hat den falschen Typ.
error-in-line = Zeile { $number }: { $message }

error-title = Fehler:
unsaved = Noch nicht gespeichert
unsaved-correct = Korrigiere, was markiert ist, und speichere es.
unsaved-before = Das hast du vorhin geschrieben. Sieh es durch, dann speichere es.
unsaved-discard = Verwerfen
unsaved-still-here = Dein Text ist noch da.
unsaved-as-new = Du kannst ihn als neue Aufgabe speichern.
unsaved-nothing-saved = Nichts wurde gespeichert.
error-go-tasks = Zu deinen Aufgaben
error-go-home = Zur Startseite
error-reference-label = Referenz:
error-new-tab = in einem neuen Tab, dann versuche es hier noch einmal.
unsaved-signed-in = Du bist als { $email } angemeldet.
