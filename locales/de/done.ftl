## Messages about a change that has been made.

done-token-revoked = Token widerrufen
done-project-added = Projekt hinzugefügt
done-saved = Gespeichert
done-project-moved = Projekt verschoben
done-project-duplicated = Projekt dupliziert
done-project-deleted = Projekt in den Papierkorb verschoben
done-undone = Rückgängig gemacht
done-task-moved = Aufgabe verschoben
done-task-duplicated = Aufgabe dupliziert
done-date-skipped = Datum übersprungen
done-series-ended = Die Aufgabe wiederholt sich nicht mehr
done-task-added = Aufgabe hinzugefügt
done-labels-merged = Labels zusammengeführt
done-label-added = Label hinzugefügt
done-filter-added = Filter hinzugefügt
done-filter-moved = Filter verschoben
done-section-added = Abschnitt hinzugefügt
done-section-moved = Abschnitt verschoben
done-section-deleted = Abschnitt in den Papierkorb verschoben
done-section-archived = Abschnitt archiviert
done-section-in-use = Abschnitt wieder in Gebrauch
done-restored = Wiederhergestellt
done-purged = Endgültig gelöscht
done-trash-emptied = Der Papierkorb ist leer
done-profile-saved = Profil gespeichert
done-appearance-saved = Aussehen gespeichert
done-suggestions-hidden = Vorschläge ausgeblendet
done-password-changed = Passwort geändert. Überall sonst bist du abgemeldet, und alle API-Tokens sind widerrufen.
done-session-ended = Sitzung abgemeldet
done-other-sessions-ended = Überall sonst abgemeldet
done-account-deleted = Dein Konto und alle Aufgaben darin wurden gelöscht.
done-welcome = Willkommen bei Docket.
done-signed-out = Abgemeldet
done-archived = Archiviert: { $name }
done-in-use-again = Wieder in Gebrauch: { $name }
done-completed = Erledigt: { $title }
done-reopened = Wieder offen: { $title }
done-moved-on = Erledigt: { $title }. Nächstes Mal: { $next }
done-moved-on-before = { $title } hatte schon ein anderes Datum: { $next }
done-deleted = „{ $name }“ gelöscht
done-gone = Diese Aufgabe wurde anderswo gelöscht.
done-added = „{ $title }“ hinzugefügt
done-added-tasks = { $count ->
    [one] Aufgabe hinzugefügt
   *[other] { $count } Aufgaben hinzugefügt
}
done-rescheduled = { $count ->
    [one] { $count } Aufgabe ist jetzt heute fällig
   *[other] { $count } Aufgaben sind jetzt heute fällig
}
done-nothing-overdue = Keine Aufgabe war überfällig
done-tasks = { $count ->
    [one] { $count } Aufgabe
   *[other] { $count } Aufgaben
}
done-quoted = „{ $name }“
done-deleted-several = { $what } gelöscht
done-due = Fällig { $date }: { $what }
done-no-due = Kein Fälligkeitsdatum: { $what }
done-priority = Priorität { $number }: { $what }
done-moved = { $what } verschoben
done-changed = { $what } geändert
