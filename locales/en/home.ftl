## Home.

home-title = Docket: a task list you run yourself
home-create-account = Create an account
home-lead = Docket keeps what you have to do on a server of your own: pages for your browser, a JSON API for everything else, one program behind both.
home-to-do = To do
home-example-passport = Renew the passport
home-example-tomatoes = Water the tomatoes
home-example-train = Book the train to Ghent
home-example-restore = Try a restore from backup
home-points = What it does
home-yours = Yours
home-yours-text = Accounts and tasks live in a database on this server. Nothing is loaded from anywhere else, and nothing is sent anywhere else.
home-plain = Plain
home-plain-text = Write a task, tick it off, find it again. Every page works with JavaScript switched off.
home-open = Open to programs
home-hands = In your hands
home-hands-text = See where you are signed in, sign out any session, and delete your account with all that is in it.
first-steps = Three things to try
first-steps-words = Add a task in your own words
first-steps-words-text = Write “Call the bank tomorrow at 9 p1”, and Docket finds the date and the priority.
first-steps-project = Make a project
first-steps-project-text = A list or a board for what belongs together, with sections.
first-steps-devices = Take Docket with you
first-steps-devices-text = Sign in on your phone and add the page to its home screen, or connect a program by a token.
first-steps-hide = Hide these suggestions
first-steps-done = (done)
home-heading-html = The task list<br> you run yourself.
home-open-text-html = Whatever the pages do, the JSON API does too. The <a href="/api/docs">reference</a> comes with the program.
