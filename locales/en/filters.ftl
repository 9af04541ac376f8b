## Filters.

filter-invalid-now = This filter is not valid any more. { $mistake }

# A mistake in the text of a filter, and what is wrong there.
filter-mistake-at = Character { $position }: { $mistake }
filter-mistake-expected = expected { $expected }.
filter-mistake-field = there is no field { $name }; expected one of { $names }.
filter-mistake-terms = a filter can have { $most } terms.
filter-mistake-levels = a filter can have { $most } levels.

filter-edit = Edit filter
filter-new = New filter
filter-add = Add filter
filter-delete = Delete filter
filter-mistake = The mistake:
filter-hint = Such as today & p1, #Work & !@waiting, or done = false && dueDate < now+7d
filter-correct = Correct it
filter-none-html = You have no filters yet. A filter is a list of the tasks that match an expression, such as <code>today &amp; p1</code>.
filter-named = the filter { $name }


# What a filter lacks, after “expected”.
filter-expected-relation = =, !=, <, <=, >, >=, in, not in or like
filter-expected-and-or-end = && or || or the end of the filter
filter-expected-and-or-close = && or || or )
filter-expected-field = the name of a field, such as done or dueDate
filter-expected-value = a value
filter-expected-term = a term, such as today, p1, #Project or @label
filter-expected-operator = & or | or the end of the filter
filter-expected-operator-close = & or | or )
filter-expected-search = the text to search for
filter-expected-person = a name, or me or others
filter-expected-date = a date, such as tomorrow or May 5
filter-expected-date-end = the end of the date, or & or |
filter-expected-key = date:, due:, deadline:, start:, created:, search:, assigned to:, assigned by:, added by: or workspace:, or before: or after: behind one of the first five
filter-expected-boolean = true or false
filter-expected-number = a whole number
filter-expected-double-quote = " at the end of the value
filter-expected-quote = ' at the end of the value
filter-expected-date-or-now = a date such as 2026-04-01, or a time from now such as now+7d or now/d
filter-relations-equal = = or !=
filter-relations-number = =, !=, <, <=, >, >=, in or not in
filter-relations-date = =, !=, <, <=, > or >=
filter-relations-text = =, !=, in, not in or like

filter-expected-project = the name of a project
filter-expected-section = the name of a section
filter-expected-label = the name of a label
