## Texts of scripts.

script-copied = Kopiert
script-month-before = Voriger Monat
script-month-after = Nächster Monat
script-days = Tage
script-picked-up = { $text } aufgenommen
script-stays = { $text } bleibt, wo es ist
script-moving = { $text } wird verschoben: { $place }
script-server-error = Der Server antwortete { $status }. Nichts wurde geändert. Versuche es noch einmal.
script-unreachable = Docket ist nicht erreichbar. Prüfe deine Verbindung und versuche es noch einmal.
script-one-more = 1 weitere Aufgabe
script-more = { $count } weitere Aufgaben
script-add-several = { $count } Aufgaben hinzufügen
script-add-one = Aufgabe hinzufügen
script-selected = { $count } ausgewählt
script-select-tasks = Aufgaben auswählen
script-shortcuts = Tastenkürzel
script-add-tasks = Aufgaben hinzufügen
script-view-changed = Die Ansicht hat sich geändert
script-moved-back = Zurückverschoben
script-not-moved = Nicht verschoben
script-carrying = Aufgenommen. Verschiebe sie mit den Pfeiltasten, lege sie mit Enter ab, nimm sie mit Escape zurück
script-nothing-found = Nichts gefunden

script-tasks = { $count } Aufgaben
script-place = { $at } von { $count } in { $name }

script-still-signed-in = Docket ist nicht erreichbar, du bist also noch angemeldet. Versuche es mit einer Verbindung noch einmal.
