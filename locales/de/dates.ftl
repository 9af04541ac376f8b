## Dates.

date-tomorrow = Morgen
date-next-week = Nächste Woche
date-no-date = Kein Datum
weekday-monday = Montag
weekday-sunday = Sonntag
weekday-saturday = Samstag
date-example-time = next fri 9am
date-example = next fri
date-none = Kein Datum

## Names of months and weekdays.

month-january = Januar
month-january-short = Jan.
month-february = Februar
month-february-short = Feb.
month-march = März
month-march-short = März
month-april = April
month-april-short = Apr.
month-may = Mai
month-may-short = Mai
month-june = Juni
month-june-short = Juni
month-july = Juli
month-july-short = Juli
month-august = August
month-august-short = Aug.
month-september = September
month-september-short = Sept.
month-october = Oktober
month-october-short = Okt.
month-november = November
month-november-short = Nov.
month-december = Dezember
month-december-short = Dez.
weekday-monday-short = Mo
weekday-tuesday = Dienstag
weekday-tuesday-short = Di
weekday-wednesday = Mittwoch
weekday-wednesday-short = Mi
weekday-thursday = Donnerstag
weekday-thursday-short = Do
weekday-friday = Freitag
weekday-friday-short = Fr
weekday-saturday-short = Sa
weekday-sunday-short = So

## Dates and times.

date-yesterday = Gestern
date-today = Heute
date-day-month = { $day }. { $month }
date-month-day = { $month } { $day }
date-day-month-year = { $day }. { $month } { $year }
date-month-day-year = { $month } { $day }, { $year }
date-with-weekday = { $weekday }, { $date }
date-in-words = { $weekday }, { $day }. { $month } { $year }
time-morning = { $time } AM
time-afternoon = { $time } PM
calendar-name-month = { $month } { $year }
calendar-name-week = { $first }.–{ $last }. { $month } { $year }
calendar-name-week-of-months = { $first }. { $first_month } – { $last }. { $last_month } { $year }

date-utc = { $date }, { $time } UTC
date-example-dmy = 1. Apr. 2026
date-example-mdy = Apr. 1, 2026
time-example-12h = 5:00 PM
