## Kinds of problems. The title of a kind is the same for every problem of the kind; the detail is a sentence.

problem-malformed = Fehlerhafte Anfrage
problem-malformed-detail = Die Anfrage ist nicht zu verstehen.
problem-unauthenticated = Nicht angemeldet
problem-unauthenticated-detail = Melde dich zuerst an.
problem-invalid-token = Ungültiges Token
problem-invalid-token-detail = Das Token ist ungültig, oder seine Sitzung ist beendet. Melde dich neu an.
problem-wrong-credentials = Falsche Anmeldedaten
problem-insufficient-scope = Fehlende Berechtigung
problem-insufficient-scope-detail = Dem API-Token fehlt die Berechtigung { $scope }.
problem-session-required = Sitzung erforderlich
problem-session-required-detail = Mit einem API-Token geht das nicht. Melde dich mit deinem Passwort an.
problem-cross-site = Anfrage von einer fremden Seite
problem-cross-site-detail = Die Anfrage kam von einer fremden Seite. Öffne Docket selbst und versuche es dort noch einmal.
problem-registration-closed = Registrierung geschlossen
problem-registration-closed-detail = Die Registrierung ist geschlossen. Wer diesen Server betreibt, kann dir ein Konto anlegen.
problem-read-only = Nur Lesen
problem-read-only-detail = Du kannst das sehen, aber nicht ändern.
problem-not-found = Nicht gefunden
problem-not-found-detail = Hier ist nichts, oder es gehört jemand anderem.
problem-method-not-allowed = Methode nicht erlaubt
problem-method-not-allowed-detail = Diese Adresse nimmt nur { $methods } an.
problem-not-acceptable = Nicht akzeptabel
problem-not-acceptable-detail = Die Antwort ist JSON, was Accept ausschließt.
problem-too-slow = Zeit abgelaufen
problem-too-slow-detail = Die Daten kamen zu langsam an. Versuche es noch einmal.
problem-taken = Schon vergeben
problem-conflict = Konflikt
problem-expired = Token abgelaufen
problem-expired-detail = Das Token ist zu alt. Synchronisiere noch einmal ohne Token.
problem-stale = Inzwischen geändert
problem-stale-detail = Es wurde geändert, seit du es gelesen hast. Lies es noch einmal.
problem-too-large = Daten zu groß
problem-unsupported-media-type = Nicht unterstützter Medientyp
problem-unsupported-media-type-detail = Der Content-Type muss { $expected } sein.
problem-invalid = Ungültige Eingabe
problem-too-many-requests = Zu viele Anfragen
problem-too-many-requests-detail = Zu viele Versuche. Versuche es in { $wait } noch einmal.
problem-internal = Interner Fehler
problem-internal-detail = Auf dem Server ist etwas schiefgegangen. Nichts wurde geändert.
problem-unknown-method = Unbekannte Methode
problem-unknown-method-detail = Dieser Server kennt die Methode nicht.
problem-database-unavailable = Datenbank nicht erreichbar
problem-database-unavailable-detail = Die Datenbank ist nicht erreichbar. Versuche es gleich noch einmal.
problem-database-slow = Datenbank zu langsam
problem-database-slow-detail = Die Datenbank hat zu lange gebraucht. Versuche es gleich noch einmal.
problem-busy = Server ausgelastet
problem-busy-detail = Der Server ist ausgelastet. Versuche es gleich noch einmal.
problem-stopping = Server wird beendet
problem-stopping-detail = Dieser Server wird gerade beendet. Versuche es gleich noch einmal.
problem-storage-full = Speicher voll
problem-storage-full-detail = Der Speicher des Servers ist voll. Nichts wurde geändert.

# A problem of one command of a batch.
problem-in-command = Befehl { $number } der Liste: { $detail }

# In sentences such as “Try again in 3 minutes.”
duration-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
duration-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
duration-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
