## Trash.

trash-restore = Wiederherstellen
trash-purge-about = Endgültig löschen? Das lässt sich nicht rückgängig machen.
trash-purge = Endgültig löschen
trash-search = Papierkorb durchsuchen
trash-more-rest = (Gelöschtes)
trash-empty = Papierkorb leeren
trash-empty-about = Alles im Papierkorb wird endgültig gelöscht. Das lässt sich nicht rückgängig machen.
trash-empty-button = Alles endgültig löschen
trash-show-all = Ganzen Papierkorb zeigen
trash-is-empty = Der Papierkorb ist leer
trash-found = Im Papierkorb
trash-with = mit { $count } weiteren
trash-deleted = Gelöscht
trash-erased = Endgültig weg
trash-purge-named = { $title } endgültig löschen
trash-about = { $days ->
    [one] Gelöschtes bleibt { $days } Tag hier.
   *[other] Gelöschtes bleibt { $days } Tage hier.
}
trash-nothing-matches = Nichts im Papierkorb passt zu „{ $text }“
