## Calendar.

calendar-month = Month
calendar-week = Week
calendar-nothing = Nothing on this day.
calendar-undated = Tasks without a date
calendar-all-dated = Every task has a date.
calendar-all-undated = All tasks without a date
calendar-deadline = Deadline:
calendar-repeats = Repeats:
calendar-previous-week = Previous week
calendar-previous-month = Previous month
calendar-next-week = Next week
calendar-next-month = Next month
calendar-more = +{ $count } more
