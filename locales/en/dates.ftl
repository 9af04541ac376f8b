## Dates.

date-tomorrow = Tomorrow
date-next-week = Next week
date-no-date = No date
weekday-monday = Monday
weekday-sunday = Sunday
weekday-saturday = Saturday
date-example-time = next fri 9am
date-example = next fri
date-none = None

## Names of months and weekdays.

month-january = January
month-january-short = Jan
month-february = February
month-february-short = Feb
month-march = March
month-march-short = Mar
month-april = April
month-april-short = Apr
month-may = May
month-may-short = May
month-june = June
month-june-short = Jun
month-july = July
month-july-short = Jul
month-august = August
month-august-short = Aug
month-september = September
month-september-short = Sep
month-october = October
month-october-short = Oct
month-november = November
month-november-short = Nov
month-december = December
month-december-short = Dec
weekday-monday-short = Mon
weekday-tuesday = Tuesday
weekday-tuesday-short = Tue
weekday-wednesday = Wednesday
weekday-wednesday-short = Wed
weekday-thursday = Thursday
weekday-thursday-short = Thu
weekday-friday = Friday
weekday-friday-short = Fri
weekday-saturday-short = Sat
weekday-sunday-short = Sun

## Dates and times.

date-yesterday = Yesterday
date-today = Today
date-day-month = { $day } { $month }
date-month-day = { $month } { $day }
date-day-month-year = { $day } { $month } { $year }
date-month-day-year = { $month } { $day }, { $year }
date-with-weekday = { $weekday } { $date }
date-in-words = { $weekday } { $day } { $month } { $year }
time-morning = { $time } am
time-afternoon = { $time } pm
calendar-name-month = { $month } { $year }
calendar-name-week = { $first }–{ $last } { $month } { $year }
calendar-name-week-of-months = { $first } { $first_month } – { $last } { $last_month } { $year }

date-utc = { $date }, { $time } UTC
date-example-dmy = 1 Apr 2026
date-example-mdy = Apr 1, 2026
time-example-12h = 5:00 pm
