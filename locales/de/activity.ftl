## Activity.

activity = Aktivität
activity-nothing-earlier = Davor gibt es nichts.
activity-earlier = Frühere
activity-earlier-events = Ereignisse
activity-earlier-changes = Änderungen
activity-show-all = Alle Aktivitäten anzeigen

# A type of item, as the object of a sentence.
activity-item = { $kind ->
    [task] die Aufgabe
    [project] das Projekt
    [section] den Abschnitt
    [label] das Label
   *[filter] den Filter
}
# Another type of item, such as a deleted section whose task has changed.
activity-object = { $object ->
    [project] ein Projekt
    [section] einen Abschnitt
    [label] ein Label
    [filter] einen Filter
   *[other] eine Aufgabe
}
activity-past = { $verb ->
    [create] hinzugefügt
    [complete] erledigt
    [reopen] wieder geöffnet
    [move] verschoben
    [delete] gelöscht
    [duplicate] dupliziert
    [archive] archiviert
    [unarchive] zurückgeholt
    [merge] zusammengeführt
   *[other] geändert
}
activity-create = { $user } hat { activity-item } { $name } hinzugefügt
activity-change = { $user } hat { activity-item } { $name } geändert
activity-complete = { $user } hat { activity-item } { $name } erledigt
activity-reopen = { $user } hat { activity-item } { $name } wieder geöffnet
activity-skip = { $user } hat ein Datum übersprungen: { $name } ({ activity-noun })
activity-move = { $user } hat { activity-item } { $name } verschoben
activity-delete = { $user } hat { activity-item } { $name } gelöscht
activity-duplicate = { $user } hat { activity-item } { $name } als Kopie hinzugefügt
activity-archive = { $user } hat { activity-item } { $name } archiviert
activity-unarchive = { $user } hat { activity-item } { $name } zurückgeholt
activity-merge = { $user } hat ein Label zusammengeführt: { $name } ({ activity-noun })
activity-restore = { $user } hat { activity-item } { $name } wiederhergestellt
activity-undo = { $user } hat eine Änderung rückgängig gemacht: { $name } ({ activity-noun })
activity-with = { $user } hat { activity-object } { activity-past } und damit { activity-item } { $name } geändert
activity-somebody = Jemand
activity-groups = Gruppen
activity-order = Reihenfolge
activity-none = nichts
activity-yes = ja
activity-no = nein
# A type of item, alone.
activity-noun = { $kind ->
    [task] Aufgabe
    [project] Projekt
    [section] Abschnitt
    [label] Label
   *[filter] Filter
}
