## Labels.

label-merge-into = Zusammenführen mit
label-merge = Zusammenführen
label-delete = Label löschen
label-none = Du hast noch keine Labels.
label-new = Neues Label
label-add = Label hinzufügen
label-named = (Label { $name })
