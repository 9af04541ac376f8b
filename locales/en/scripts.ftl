## Texts of scripts.

script-copied = Copied
script-month-before = Previous month
script-month-after = Next month
script-days = Days
script-picked-up = Picked up { $text }
script-stays = { $text } stays where it is
script-moving = Moving { $text } to { $place }
script-server-error = The server answered { $status }. Nothing was changed. Please try again.
script-unreachable = Docket cannot be reached. Check your connection and try again.
script-one-more = 1 more task
script-more = { $count } more tasks
script-add-several = Add { $count } tasks
script-add-one = Add task
script-selected = { $count } selected
script-select-tasks = Select tasks
script-shortcuts = Keyboard shortcuts
script-add-tasks = Add tasks
script-view-changed = The view has changed
script-moved-back = Moved back
script-not-moved = Not moved
script-carrying = Picked up. Move it with the arrow keys, put it down with Enter, take it back with Escape
script-nothing-found = Nothing found

script-tasks = { $count } tasks
script-place = { $at } of { $count } in { $name }

script-still-signed-in = Docket cannot be reached, so you are still signed in. Try again with a connection.
