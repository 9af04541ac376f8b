## Views.

view-beginning = Zurück zum Anfang
view-reschedule = Alle auf heute verschieben
view-more-rest = (Aufgaben)
view-menu = Ansicht
view-layout = Darstellung
view-group = Gruppieren
view-sort = Sortieren
view-select = Aufgaben auswählen
view-search-this = Diese Liste
view-search = Aufgaben suchen
view-search-example = Suchen, oder today & p1
view-save-filter = Als Filter speichern
view-found = { $count ->
    [one] { $count } Aufgabe passt
   *[other] { $count } Aufgaben passen
}
view-found-more = { $count }+ Aufgaben passen
view-that-match = Aufgaben, die zu „{ $text }“ passen
view-if-filter = Falls es ein Filter ist:
view-is-filter-html = Diese Aufgaben passen zu einem Filter. Um ein Wort in Titeln zu finden, schreib <code>search: Wort</code>.

## Groups of a list.

group-overdue = Überfällig
group-open = Offen
group-priority = Priorität { $number }
group-no-priority = Keine Priorität
group-no-label = Ohne Label
group-archived-project = Archiviertes Projekt

## Pages without tasks.

empty-no-tasks = Noch keine Aufgaben
empty-no-tasks-text = Eine neue Aufgabe kommt in den Eingang, wenn du kein Projekt wählst.
empty-nothing-done = Noch nichts erledigt
empty-nothing-done-text = Aufgaben, die du abhakst, bleiben hier erhalten.
empty-all-done = Alles erledigt
empty-all-done-text = Hier ist nichts mehr zu tun.
empty-label = Keine Aufgaben mit diesem Label
empty-label-text = Labels gehören zu den Feldern einer Aufgabe.
empty-section = Keine Aufgaben in diesem Abschnitt
empty-section-text = Schreib eine in die Zeile oben, oder verschieb eine hierher.
empty-search = Nichts gefunden
empty-search-text = Versuch es mit weniger oder anderen Wörtern.
empty-before-search = Alle Aufgaben durchsuchen
empty-before-search-text = Durchsucht werden Titel und Notizen, von offenen und von erledigten Aufgaben.
empty-inbox = Der Eingang ist leer
empty-inbox-text = Neue Aufgaben warten hier, bis du sie in ein Projekt verschiebst.
empty-today = Heute ist nichts fällig
empty-today-text = Aufgaben erscheinen hier an dem Tag, an dem sie fällig sind.
empty-upcoming = Nichts geplant
empty-upcoming-text = Hier erscheinen Aufgaben, die nach heute fällig sind oder eine Frist haben.
empty-all = Nichts zu tun
empty-all-text = Hier erscheinen offene Aufgaben aller Projekte.
empty-filter = Hier sind keine Aufgaben
empty-filter-done = Keine erledigte Aufgabe passt zu diesem Filter.
empty-filter-open = Keine offene Aufgabe passt zu diesem Filter.
empty-filter-any = Keine Aufgabe passt zu diesem Filter.
empty-project = Hier sind noch keine Aufgaben
empty-project-text = Schreib die erste in die Zeile oben.

## The menu of a list.

view-order-default = Standard
view-order-relevance = Beste Treffer zuerst
view-order-newest = Neueste zuerst
view-order-oldest = Älteste zuerst
view-order-changed = Zuletzt geänderte zuerst
view-order-unchanged = Am längsten unveränderte zuerst
view-order-completed = Zuletzt erledigte zuerst
view-order-first-completed = Zuerst erledigte zuerst
view-order-title = Titel, A bis Z
view-order-title-reversed = Titel, Z bis A
view-order-manual = Eigene Reihenfolge
view-order-manual-reversed = Eigene Reihenfolge, umgekehrt
view-order-priority-reversed = Niedrigste Priorität zuerst
view-order-due = Fälligkeit
view-order-due-reversed = Späteste Fälligkeit zuerst
view-order-deadline-reversed = Späteste Frist zuerst
view-group-date = Datum
view-status-open = Offene
view-status-completed = Erledigte
view-status-all = Alle
