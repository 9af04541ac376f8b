## Navigation.

nav-main = Hauptmenü
nav-views = Ansichten
nav-tasks = Aufgaben
nav-inbox = Eingang
nav-today = Heute
nav-upcoming = Demnächst
nav-calendar = Kalender
nav-all-tasks = Alle Aufgaben
nav-completed = Erledigt
nav-filters = Filter
nav-favourites = Favoriten
nav-projects = Projekte
nav-add-project = Projekt hinzufügen
nav-trash = Papierkorb
nav-settings = Einstellungen
nav-shortcuts = Tastenkürzel
nav-reference = API-Referenz
nav-sign-out = Abmelden
nav-sign-in = Anmelden
nav-create-account = Konto erstellen
nav-search = Aufgaben suchen oder filtern
nav-close-menu = Menü schließen
nav-overdue = überfällig
nav-open = offen
nav-go-to = Gehe zu …
nav-go-to-keys = Gehe zu … (Strg+K)
nav-open-page-or-task = Seite oder Aufgabe öffnen
nav-palette-field = Seite, Projekt, Label, Filter oder Aufgabe
nav-found = Gefunden
nav-signed-in-as = Angemeldet als
nav-labels = Labels

nav-add-tasks = Aufgaben hinzufügen
nav-add-filter = Filter hinzufügen
