## Home.

home-title = Docket: eine Aufgabenliste, die du selbst betreibst
home-create-account = Konto erstellen
home-lead = Docket bewahrt auf deinem eigenen Server, was du zu tun hast: Seiten für deinen Browser, eine JSON-API für alles andere, ein Programm für beides.
home-to-do = Zu tun
home-example-passport = Reisepass verlängern
home-example-tomatoes = Tomaten gießen
home-example-train = Zug nach Gent buchen
home-example-restore = Datensicherung probeweise zurückspielen
home-points = Was Docket kann
home-yours = Deins
home-yours-text = Konten und Aufgaben liegen in einer Datenbank auf diesem Server. Nichts wird von anderswo geladen, und nichts wird anderswohin gesendet.
home-plain = Schlicht
home-plain-text = Aufgabe aufschreiben, abhaken, wiederfinden. Jede Seite funktioniert auch ohne JavaScript.
home-open = Offen für Programme
home-hands = In deiner Hand
home-hands-text = Sieh, wo du angemeldet bist, beende jede Sitzung, und lösche dein Konto mit allem darin.
first-steps = Drei Dinge zum Ausprobieren
first-steps-words = Schreib eine Aufgabe in eigenen Worten
first-steps-words-text = Schreib „Bank anrufen tomorrow at 9 p1“, und Docket findet Datum und Priorität.
first-steps-project = Lege ein Projekt an
first-steps-project-text = Eine Liste oder ein Board für das, was zusammengehört, mit Abschnitten.
first-steps-devices = Nimm Docket mit
first-steps-devices-text = Melde dich auf deinem Telefon an und lege die Seite auf den Startbildschirm, oder verbinde ein Programm mit einem Token.
first-steps-hide = Diese Vorschläge ausblenden
first-steps-done = (erledigt)
home-heading-html = Die Aufgabenliste,<br> die du selbst betreibst.
home-open-text-html = Was die Seiten können, kann auch die JSON-API. Die <a href="/api/docs">Referenz</a> ist im Programm enthalten.
