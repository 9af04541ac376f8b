## Filters.

filter-invalid-now = Dieser Filter ist nicht mehr gültig. { $mistake }

# A mistake in the text of a filter, and what is wrong there.
filter-mistake-at = Zeichen { $position }: { $mistake }
filter-mistake-expected = erwartet wird { $expected }.
filter-mistake-field = es gibt kein Feld { $name }; erwartet wird eines von { $names }.
filter-mistake-terms = ein Filter kann { $most } Bedingungen haben.
filter-mistake-levels = ein Filter kann { $most } Ebenen haben.

filter-edit = Filter bearbeiten
filter-new = Neuer Filter
filter-add = Filter hinzufügen
filter-delete = Filter löschen
filter-mistake = Der Fehler:
filter-hint = Zum Beispiel today & p1, #Arbeit & !@warten oder done = false && dueDate < now+7d
filter-correct = Korrigieren
filter-none-html = Du hast noch keine Filter. Ein Filter ist eine Liste der Aufgaben, die zu einem Ausdruck passen, zum Beispiel <code>today &amp; p1</code>.
filter-named = (Filter { $name })
