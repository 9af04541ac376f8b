## Quick add.

quick-create = { $missing } anlegen und hinzufügen
quick-keep = „{ $text }“ im Titel behalten
quick-missing = Neu:
quick-subtasks-of = Teilaufgaben von
quick-in = In
quick-label = Label:
quick-about-vikunja-html = Eine Aufgabe je Zeile; eine eingerückte Zeile ist eine Teilaufgabe. Englische Datumsangaben, <code>!5</code>, <code>+projekt</code> und <code>*label</code> werden verstanden, und ein <code>\</code> vor einem Wort lässt es als Text stehen.
quick-about-todoist-html = Eine Aufgabe je Zeile; eine eingerückte Zeile ist eine Teilaufgabe. Englische Datumsangaben, <code>p1</code>, <code>#projekt</code>, <code>/abschnitt</code> und <code>@label</code> werden verstanden, und ein <code>\</code> vor einem Wort lässt es als Text stehen.

quick-repeats = Wiederholt sich
quick-duration = Dauer
quick-person = Person
quick-first-on = { $words }, zuerst am { $date }
quick-minutes = { $count } Min.
quick-missing-project = Projekt „{ $project }“
quick-missing-section = Abschnitt „{ $section }“ in „{ $project }“
