## Changes of several tasks at once.

bulk-missing = { $count ->
    [one] Eine dieser Aufgaben gibt es nicht mehr. Nichts wurde geändert.
   *[other] { $count } dieser Aufgaben gibt es nicht mehr. Nichts wurde geändert.
}
bulk-gone = Sie ist nicht mehr da.
bulk-refused = „{ $title }“: { $reason } Nichts wurde geändert.

bulk-selected = Ausgewählte Aufgaben
bulk-select-then = Aufgaben auswählen, dann
bulk-complete = Erledigen
bulk-reopen = Wieder öffnen
bulk-due-words = Fällig, in Worten
bulk-due-example = fri 9am, 24 dec
bulk-labels-example = besorgung, zuhause
bulk-move = Verschieben
bulk-move-to = Verschieben …
bulk-clear = Auswahl aufheben
bulk-remove-labels = Diese Labels entfernen
bulk-remove-due = Fälligkeit entfernen
bulk-back = Zurück zur Liste
bulk-due-hint = In englischen Worten, zum Beispiel tomorrow, fri 9am oder 24 dec
bulk-priority-same = Wie sie ist
bulk-priority-highest = 1, die höchste
bulk-priority-none = 4, keine
bulk-place = Verschieben nach
bulk-labels-hint = Namen, durch Kommas getrennt
bulk-heading = { $count ->
    [one] { $count } Aufgabe ändern
   *[other] { $count } Aufgaben ändern
}

bulk-stay = Bleiben, wo sie sind
