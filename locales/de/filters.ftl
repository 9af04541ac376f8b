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


# What a filter lacks, after “expected”.
filter-expected-relation = =, !=, <, <=, >, >=, in, not in oder like
filter-expected-and-or-end = && oder || oder das Ende des Filters
filter-expected-and-or-close = && oder || oder )
filter-expected-field = der Name eines Feldes, zum Beispiel done oder dueDate
filter-expected-value = ein Wert
filter-expected-term = ein Ausdruck wie today, p1, #Projekt oder @Label
filter-expected-operator = & oder | oder das Ende des Filters
filter-expected-operator-close = & oder | oder )
filter-expected-search = der gesuchte Text
filter-expected-person = ein Name oder me oder others
filter-expected-date = ein Datum wie tomorrow oder May 5
filter-expected-date-end = das Ende des Datums oder & oder |
filter-expected-key = date:, due:, deadline:, start:, created:, search:, assigned to:, assigned by:, added by: oder workspace:, oder before: oder after: nach einem der ersten fünf
filter-expected-boolean = true oder false
filter-expected-number = eine ganze Zahl
filter-expected-double-quote = " am Ende des Wertes
filter-expected-quote = ' am Ende des Wertes
filter-expected-date-or-now = ein Datum wie 2026-04-01 oder eine Zeit von jetzt an wie now+7d oder now/d
filter-relations-equal = = oder !=
filter-relations-number = =, !=, <, <=, >, >=, in oder not in
filter-relations-date = =, !=, <, <=, > oder >=
filter-relations-text = =, !=, in, not in oder like

filter-expected-project = der Name eines Projekts
filter-expected-section = der Name eines Abschnitts
filter-expected-label = der Name eines Labels
