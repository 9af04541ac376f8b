## Trash.

trash-restore = Restore
trash-purge-about = Delete this for good? This cannot be undone.
trash-purge = Delete for good
trash-search = Search the trash
trash-more-rest = deleted items
trash-empty = Empty the trash
trash-empty-about = Everything in the trash is deleted for good. This cannot be undone.
trash-empty-button = Delete everything for good
trash-show-all = Show the whole trash
trash-is-empty = The trash is empty
trash-found = In the trash
trash-with = with { $count } more
trash-deleted = Deleted
trash-erased = Erased
trash-purge-named = Delete { $title } for good
trash-about = Deleted items stay here for { $days } days.
trash-nothing-matches = Nothing in the trash matches “{ $text }”
