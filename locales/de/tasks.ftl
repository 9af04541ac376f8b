## Tasks.

task-new = Neue Aufgabe
task-add = Aufgabe hinzufügen
task-add-a = Aufgabe hinzufügen
task-add-rest = (Aufgabe)
task-new-several = Neue Aufgaben
task-save-title = Titel speichern
task-more = Weitere Aktionen
task-duplicate = Duplizieren
task-skip = Dieses Datum überspringen
task-end-series = Serie beenden
task-subtasks-heading = Teilaufgaben
task-new-subtask = Neue Teilaufgabe
task-add-subtask = Teilaufgabe hinzufügen
task-added = Hinzugefügt
task-changed = · Geändert
task-done-at = · Erledigt
task-saved-now = Was jetzt gespeichert ist
task-open = Offen
task-due-words = Fällig, in Worten
task-due-date = Fällig am
task-due-zone = Zeitzone der Uhrzeit
task-deadline-words = Frist, in Worten
task-start-words = Beginn, in Worten
task-priority-number = Priorität, 1 bis 4
task-reminder-minutes = Erinnerung, Minuten vorher
task-notes-rest = (Notizen)
task-items-rest = Punkte
task-items-done = erledigt
task-draft = Das hast du vorhin geschrieben. Es ist noch nicht gespeichert.
task-drafted = Du hast Notizen geschrieben, die nicht gespeichert sind.
task-go-on = Weiterschreiben
task-properties = Eigenschaften
task-subtask-of = Teilaufgabe von
task-parent-change = Ändern
task-parent-choose = Auswählen
task-parent-rest = (übergeordnete Aufgabe)
task-add-label = Label hinzufügen
task-add-reminder-rest = (Erinnerung)
task-reminder-before = Vor der Fälligkeit
task-reminder-time = Zeit einer Erinnerung
task-reminder-example = tomorrow 9am
task-reminder-choose = Vor der Fälligkeit …
task-reminder-0 = Wenn sie fällig ist
task-reminder-10 = 10 Minuten vorher
task-reminder-30 = 30 Minuten vorher
task-reminder-60 = 1 Stunde vorher
task-reminder-1440 = 1 Tag vorher
task-reminder-10080 = 1 Woche vorher
task-set = Setzen
task-wherever = Wo auch immer ich bin
task-has-notes = hat Notizen
task-done-in-notes = In den Notizen erledigt:
task-select = Auswählen
task-move-up = Nach oben
task-move-down = Nach unten
task-priority-highest = 1, höchste
task-not-a-date = Noch kein Datum
task-completed = Erledigte Aufgaben
task-pane = Aufgabe
task-open-page = Als Seite öffnen
task-close = Aufgabe schließen
task-add-to = Aufgabe hinzufügen:
task-done = Erledigt:
task-new-in = Neue Aufgabe in { $place }
task-subtasks-done = { $done } von { $count } erledigt
task-remove-label = Label { $label } entfernen
task-remove-reminder = Erinnerung entfernen:
task-in-words = in Worten
task-select-named = Auswählen:
task-repeats = wiederholt sich
task-subtasks = { $count ->
    [one] Teilaufgabe
   *[other] Teilaufgaben
}
task-actions = Aktionen für

task-new-today = Neue Aufgabe für heute
task-new-labelled = Neue Aufgabe mit dem Label { $label }

## Reminders of a task.

reminder-at-due = Wenn sie fällig ist
reminder-weeks = { $count ->
    [one] { $count } Woche vorher
   *[other] { $count } Wochen vorher
}
reminder-days = { $count ->
    [one] { $count } Tag vorher
   *[other] { $count } Tage vorher
}
reminder-hours = { $count ->
    [one] { $count } Stunde vorher
   *[other] { $count } Stunden vorher
}
reminder-minutes = { $count ->
    [one] { $count } Minute vorher
   *[other] { $count } Minuten vorher
}

task-no-parent = Keine Aufgabe

task-gone = Diese Aufgabe ist nicht mehr da. Sie wurde gelöscht, oder sie gehört zu einem anderen Konto.
task-changed-elsewhere = Die Aufgabe wurde anderswo geändert, seit du sie geöffnet hast. Dein Text steht unten; wenn du noch einmal speicherst, ersetzt er, was jetzt gespeichert ist.
task-not-ticked = Die Notizen wurden anderswo geändert, seit du sie geöffnet hast. Nichts wurde abgehakt.
