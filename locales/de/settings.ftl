## Settings.

settings-profile = Profil
settings-appearance = Aussehen
settings-security = Sicherheit
settings-tokens = API-Tokens
settings-data = Daten
settings-delete = Konto löschen
profile-intro = Dein Name, die E-Mail-Adresse, mit der du dich anmeldest, und wie du Datum und Uhrzeit liest und schreibst.
profile-not-saved = Dein Profil wurde nicht gespeichert.
profile-password-hint = Nur nötig, um die E-Mail-Adresse zu ändern.
profile-week-start = Wochen beginnen am
profile-dates = Datum
profile-times = Uhrzeiten
profile-quick-add = Schnelleingabe
profile-quick-add-todoist = Todoist: #Projekt @Label p1
profile-quick-add-vikunja = Vikunja: +Projekt *Label !5
profile-save = Profil speichern
appearance-intro = Wie die Seiten deines Kontos aussehen, in jedem Browser.
appearance-not-saved = Das Aussehen wurde nicht gespeichert.
appearance-save = Aussehen speichern
appearance-theme = Farben
appearance-theme-system = Wie das System
appearance-theme-light = Hell
appearance-theme-dark = Dunkel
appearance-rows = Zeilen
appearance-rows-comfortable = Bequem
appearance-rows-compact = Kompakt, mit mehr Aufgaben auf dem Bildschirm
appearance-first-steps = Erste Schritte
appearance-first-steps-shown = Im ersten Monat unter „Heute“ vorschlagen
appearance-first-steps-hidden = Nicht vorschlagen
data-open-trash = Papierkorb öffnen
data-export = Deine Daten in anderen Programmen
delete-intro = Das entfernt das Konto und alle Aufgaben darin. Es lässt sich nicht rückgängig machen.
delete-not-deleted = Dein Konto wurde nicht gelöscht.
delete-button = Konto und alle Aufgaben löschen
security-password-about = Ein neues Passwort meldet alle anderen Browser und Programme ab und widerruft alle API-Tokens.
security-password-not-changed = Dein Passwort wurde nicht geändert.
security-change-password = Passwort ändern
security-sessions = Sitzungen
security-sessions-about = Wo dieses Konto angemeldet ist. Melde ab, was du nicht kennst.
security-this-browser = Dieser Browser
security-sign-out-others = Überall sonst abmelden
security-recent = Letzte Aktivität
security-recent-about = Was mit diesem Konto geschehen ist, und von wo aus.
security-show-all = Alle anzeigen
security-show-all-of = (Aktivitäten)
security-latest-events = Neueste Ereignisse
security-earlier-events = Frühere Ereignisse
security-events-about = Was in den letzten 90 Tagen mit deinem Konto geschehen ist. Wenn etwas nicht von dir war, ändere dein Passwort und melde die Sitzungen ab, die du nicht kennst.
data-trash-about = { $days ->
    [one] Gelöschtes bleibt { $days } Tag im Papierkorb. Bis dahin kannst du es wiederherstellen.
   *[other] Gelöschtes bleibt { $days } Tage im Papierkorb. Bis dahin kannst du es wiederherstellen.
}
data-export-about-html = Alles, was du geschrieben hast, steht in der JSON-API. Ein Programm mit einem Token von dir liest es mit <code>GET /api/v1/changes</code>.
security-times = { $count }-mal
security-addresses = { $count } Adressen
security-active = Aktiv
security-signed-in = Angemeldet
security-session-of = (Sitzung von { $device })

## Security events.

event-registered = Konto erstellt
event-signed-in = Angemeldet
event-sign-in-failed = Fehlgeschlagene Anmeldung
event-password-refused = Angemeldet ein falsches Passwort eingegeben
event-signed-out = Abgemeldet
event-session-ended = Eine Sitzung beendet
event-other-sessions-ended = Alle anderen Sitzungen beendet
event-refresh-token-reused = Ein Refresh-Token wurde zweimal benutzt, deshalb wurde seine Sitzung beendet
event-password-changed = Passwort geändert, wodurch alle anderen Sitzungen endeten
event-password-set = Der Betreiber des Servers hat ein neues Passwort gesetzt
event-email-changed = E-Mail-Adresse geändert
event-account-disabled = Der Betreiber des Servers hat das Konto gesperrt
event-account-enabled = Der Betreiber des Servers hat das Konto freigegeben
event-all-sessions-ended = Der Betreiber des Servers hat alle Sitzungen beendet
event-token-made = API-Token erstellt
event-token-revoked = API-Token widerrufen

## Devices.

device-unknown-program = Unbekanntes Programm
device-unknown-browser = Unbekannter Browser
device-on = { $browser } auf { $system }

appearance-language = Sprache
appearance-language-browser = Wie im Browser eingestellt
