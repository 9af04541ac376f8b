## Texts that are the same in every language.

# A text that is not translated, such as a name.
plain = { $text }

save = Speichern
cancel = Abbrechen
close = Schließen
edit = Bearbeiten
delete = Löschen
undo = Rückgängig
add = Hinzufügen
apply = Anwenden
remove = Entfernen
search = Suchen
load-more = Mehr laden
back = Zurück
menu = Menü
none = Keine
close-message = Meldung schließen
skip = Zum Inhalt springen
about-docket = Docket ist eine Aufgabenliste, die du selbst betreibst: Seiten für deinen Browser, eine JSON-API für alles andere.
field-name = Name
field-email = E-Mail-Adresse
field-password = Passwort
field-current-password = Aktuelles Passwort
field-new-password = Neues Passwort
field-your-password = Dein Passwort
field-your-password-to-confirm = Dein Passwort zur Bestätigung
field-password-hint = 8 bis 128 Zeichen. Ein paar Wörter ohne Zusammenhang sind gut.
field-time-zone = Zeitzone
field-colour = Farbe
field-favourite = Favorit
field-description = Beschreibung
field-title = Titel
field-notes = Notizen
field-notes-hint = Markdown: **fett**, *kursiv*, - Liste, - [ ] zu tun, [Text](Adresse)
field-due = Fällig
field-deadline = Frist
field-start = Beginn
field-repeat = Wiederholung
field-minutes = Dauer (Min.)
field-priority = Priorität
field-labels = Labels
field-label = Label
field-reminder = Erinnerung
field-reminders = Erinnerungen
field-project = Projekt
field-section = Abschnitt
field-filter = Filter
field-day = Tag
field-time = Uhrzeit
field-done = Erledigt
move-up = { $what } nach oben
move-down = { $what } nach unten

search-title = Suche

## Colours.

colour-grey = Grau
colour-red = Rot
colour-orange = Orange
colour-amber = Bernstein
colour-yellow = Gelb
colour-lime = Limette
colour-green = Grün
colour-teal = Petrol
colour-cyan = Cyan
colour-blue = Blau
colour-indigo = Indigo
colour-violet = Violett
colour-purple = Lila
colour-pink = Pink
colour-rose = Rosa
colour-brown = Braun
