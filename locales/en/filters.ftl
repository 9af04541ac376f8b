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
