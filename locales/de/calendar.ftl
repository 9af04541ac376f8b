## Calendar.

calendar-month = Monat
calendar-week = Woche
calendar-nothing = Nichts an diesem Tag.
calendar-undated = Aufgaben ohne Datum
calendar-all-dated = Jede Aufgabe hat ein Datum.
calendar-all-undated = Alle Aufgaben ohne Datum
calendar-deadline = Frist:
calendar-repeats = Wiederholt sich:
calendar-previous-week = Vorige Woche
calendar-previous-month = Voriger Monat
calendar-next-week = Nächste Woche
calendar-next-month = Nächster Monat
calendar-more = +{ $count } weitere
