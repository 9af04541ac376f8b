//! A Chromium with its own profile, and the actions of its user.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use thirtyfour::{BrowserLogEntry, LoggingPrefsLogLevel};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::support::{DEADLINE, Server, client, email, password, until};

/// Maximum number of browsers at once. More would miss deadlines on a small machine.
static FREE: Semaphore = Semaphore::const_new(2);

/// The name of the server for browsers that do not trust its address.
const NAME: &str = "docket.test";

/// Text before the port in the output of chromedriver when it has started.
const STARTED: &str = "started successfully on port ";

/// A browser; closed on drop.
pub struct Browser {
    pub driver: WebDriver,
    /// True if pages may run scripts.
    pub scripts: bool,
    base: String,
    chromedriver: Chromedriver,
    _profile: TempDir,
    _turn: SemaphorePermit<'static>,
}

/// The user of a browser.
pub struct Person {
    pub email: String,
    pub password: String,
}

impl Person {
    pub fn new() -> Person {
        Person {
            email: email(),
            password: password(),
        }
    }
}

impl Browser {
    /// Starts a browser with JavaScript, without service workers: they load further pages.
    pub async fn start(server: &Server) -> Browser {
        let browser = Browser::open(server, true).await;
        let script = "delete Navigator.prototype.serviceWorker";
        let script = json!({ "source": script });
        browser
            .devtools("Page.addScriptToEvaluateOnNewDocument", script)
            .await;
        browser
    }

    /// Starts a browser with service workers that reaches the server at a URL of its own, such as
    /// that of a gate.
    pub async fn through(server: &Server, url: &str) -> Browser {
        let mut browser = Browser::open(server, true).await;
        browser.base = url.trim_end_matches('/').to_owned();
        browser
    }

    /// Starts a browser that reaches the server by a name, without TLS. Browsers have no service
    /// workers there.
    pub async fn by_name(server: &Server) -> Browser {
        let url = server.base.replace("127.0.0.1", NAME);
        Browser::through(server, &url).await
    }

    /// Starts a browser with JavaScript switched off.
    pub async fn without_scripts(server: &Server) -> Browser {
        Browser::open(server, false).await
    }

    async fn open(server: &Server, scripts: bool) -> Browser {
        let turn = FREE.acquire().await.expect("a turn");
        let profile = TempDir::new().expect("a directory");
        let directory = profile.path().to_owned();
        let chromedriver = tokio::task::spawn_blocking(move || Chromedriver::start(&directory))
            .await
            .expect("the waiting thread");
        let mut wanted = DesiredCapabilities::chrome();
        let directory = format!("--user-data-dir={}", profile.path().display());
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--window-size=1280,900",
            &format!("--host-resolver-rules=MAP {NAME} 127.0.0.1"),
            &directory,
        ] {
            wanted.add_arg(argument).expect("an argument");
        }
        if !scripts {
            // The setting a user would choose. To pages it looks like any browser without scripts.
            let setting = "profile.managed_default_content_settings.javascript";
            wanted
                .add_experimental_option("prefs", json!({ setting: 2 }))
                .expect("a preference");
        }
        wanted
            .set_browser_log_level(LoggingPrefsLogLevel::All)
            .expect("a log level");
        let url = format!("http://127.0.0.1:{}", chromedriver.port);
        let driver = WebDriver::builder(url, wanted).client(client()).await;
        let driver = driver.expect("Chromium");
        driver
            .set_script_timeout(DEADLINE)
            .await
            .expect("a timeout");
        Browser {
            driver,
            scripts,
            base: server.base.clone(),
            chromedriver,
            _profile: profile,
            _turn: turn,
        }
    }

    /// Continues with a server on another port.
    pub fn moves_to(&mut self, server: &Server) {
        self.base.clone_from(&server.base);
    }

    /// Opens an address.
    pub async fn goto(&self, path: &str) {
        let url = format!("{}{path}", self.base);
        self.driver.goto(url).await.expect("a page");
    }

    /// Presses the back button.
    pub async fn back(&self) {
        self.driver.back().await.expect("the page before");
    }

    /// Returns path and query of the page.
    pub async fn path(&self) -> String {
        let url = self.driver.current_url().await.expect("an address");
        url.as_str().trim_start_matches(&self.base).to_owned()
    }

    /// Waits until the address is `path`.
    pub async fn arrives(&self, path: &str) {
        until(&format!("the browser arrives at {path}"), || async {
            self.path().await == path
        })
        .await;
    }

    /// Waits for an element. Returns it.
    pub async fn sees(&self, by: By) -> WebElement {
        let started = Instant::now();
        loop {
            match self.driver.find(by.clone()).await {
                Ok(element) => return element,
                Err(error) if started.elapsed() > DEADLINE => {
                    let page = self.driver.source().await.unwrap_or_default();
                    panic!("{error} at {}:\n{page}", self.path().await);
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Waits until no such element exists.
    pub async fn misses(&self, by: By) {
        until(&format!("{by:?} goes away"), || async {
            let found = self.driver.find_all(by.clone()).await;
            found.is_ok_and(|all| all.is_empty())
        })
        .await;
    }

    /// Clicks an element. Retries, because the element may be replaced at that moment.
    pub async fn clicks(&self, by: By) {
        until(&format!("a click on {by:?}"), || async {
            match self.driver.find(by.clone()).await {
                Ok(element) => {
                    self.centers(&element).await;
                    element.click().await.is_ok()
                }
                Err(_) => false,
            }
        })
        .await;
    }

    /// Scrolls as a person would who sees an element half covered by the bar of narrow screens. The
    /// driver takes such an element for visible.
    async fn centers(&self, element: &WebElement) {
        let center = "arguments[0].scrollIntoView({ block: 'center' })";
        if let (true, Ok(element)) = (self.scripts, element.to_json()) {
            let _ = self.driver.execute(center, vec![element]).await;
        }
    }

    /// Replaces the text of a field.
    pub async fn types(&self, css: &str, text: &str) {
        let field = self.sees(By::Css(css)).await;
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("a field to type into");
    }

    /// Waits until the text of an element contains `part`, visible or not.
    pub async fn reads(&self, css: &str, part: &str) {
        until(&format!("{css} says {part:?}"), || async {
            let text = self.property(css, "textContent").await;
            text.is_some_and(|text| text.contains(part))
        })
        .await;
    }

    /// Waits until a field has this text.
    pub async fn holds_text(&self, css: &str, text: &str) {
        until(&format!("{css} has {text:?}"), || async {
            self.property(css, "value").await.as_deref() == Some(text)
        })
        .await;
    }

    async fn property(&self, css: &str, name: &str) -> Option<String> {
        let element = self.driver.find(By::Css(css)).await.ok()?;
        element.prop(name).await.ok()?
    }

    /// Waits until the list has exactly these titles, in order.
    pub async fn lists(&self, titles: &[&str]) {
        until(&format!("the list has {titles:?}"), || async {
            self.titles().await.is_some_and(|found| found == titles)
        })
        .await;
    }

    async fn titles(&self) -> Option<Vec<String>> {
        // A page that is still loading has no list, which differs from an empty one.
        let list = self.driver.find(By::Id("task-list")).await.ok()?;
        let mut titles = Vec::new();
        for title in list.find_all(By::Css(".task-title")).await.ok()? {
            titles.push(title.prop("textContent").await.ok()??);
        }
        Some(titles)
    }

    /// Runs a script in the page. Returns its result.
    pub async fn runs(&self, script: &str) -> Value {
        let result = self.driver.execute(script, Vec::new()).await;
        result.expect("a script that runs").json().clone()
    }

    /// Waits until a script in the page returns true.
    pub async fn holds(&self, what: &str, script: &str) {
        until(what, || async {
            let result = self.driver.execute(script, Vec::new()).await;
            result.is_ok_and(|found| *found.json() == json!(true))
        })
        .await;
    }

    /// Sends a command of the Chrome DevTools Protocol.
    pub async fn devtools(&self, method: &str, parameters: Value) {
        self.asks_devtools(method, parameters).await;
    }

    /// Sends a command of the Chrome DevTools Protocol. Returns its result.
    pub async fn asks_devtools(&self, method: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(method, parameters).await;
        answer.expect("an answer of the browser")
    }

    /// Sets the width of the screen in CSS pixels.
    pub async fn is_wide(&self, width: u32) {
        let metrics = json!({
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let script = format!("return window.innerWidth === {width}");
        self.holds("the page has its width", &script).await;
    }

    /// Registers with the form, which leads to the tasks of today.
    pub async fn registers(&self) -> Person {
        let person = Person::new();
        self.goto("/register").await;
        self.types("#email", &person.email).await;
        self.types("#display_name", "Ada Lovelace").await;
        self.types("#password", &person.password).await;
        if self.scripts {
            // Tests expect the defaults, wherever this browser thinks it is.
            let script = "document.querySelectorAll('form [type=hidden]').forEach((field) => { field.value = ''; })";
            self.runs(script).await;
        }
        self.clicks(By::Css("main button[type=submit]")).await;
        self.arrives("/today").await;
        person
    }

    /// Signs in with the form of the current page.
    pub async fn signs_in(&self, person: &Person) {
        self.types("#email", &person.email).await;
        self.types("#password", &person.password).await;
        self.clicks(By::Css("main button[type=submit]")).await;
    }

    /// Signs out with the menu of the account.
    pub async fn signs_out(&self) {
        self.clicks(By::Css(".account")).await;
        self.clicks(By::Css("form[action='/logout'] button")).await;
    }

    /// Adds a task with the form above the list. Waits for its row and for an empty form.
    pub async fn adds(&self, title: &str) {
        self.types("#new-title", title).await;
        self.clicks(By::Css("#new-title-form .new-task-row button"))
            .await;
        self.sees(row(title)).await;
        self.holds_text("#new-title", "").await;
    }

    /// Panics if the browser has logged a warning or an error since the last call, such as a
    /// violation of the Content-Security-Policy or an exception.
    pub async fn is_quiet(&self) {
        let loud: Vec<BrowserLogEntry> = self.log().await;
        assert!(loud.is_empty(), "at {}: {loud:#?}", self.path().await);
    }

    /// Like [`is_quiet`](Self::is_quiet), but allows error statuses, for tests of error pages.
    pub async fn is_quiet_but_for_the_status(&self) {
        let mut loud = self.log().await;
        loud.retain(|entry| !entry.message.contains("responded with a status of"));
        assert!(loud.is_empty(), "at {}: {loud:#?}", self.path().await);
    }

    async fn log(&self) -> Vec<BrowserLogEntry> {
        let mut entries = self.driver.browser_log().await.expect("the browser's log");
        entries.retain(|entry| matches!(entry.level.as_str(), "WARNING" | "SEVERE"));
        entries
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The client's connections belong to a runtime that this drop blocks. Stopping chromedriver
        // ends the session and Chromium.
        let _ = self.driver.clone().leak();
        self.chromedriver.stop();
    }
}

/// Selects the row of the task with a title.
pub fn row(title: &str) -> By {
    within_row(title, "")
}

/// Selects an element in the row of the task with a title. `rest` is the end of the XPath.
pub fn within_row(title: &str, rest: &str) -> By {
    By::XPath(format!(
        "//ul[@class='tasks']/li[.//a[@class='task-title' and normalize-space()=\"{title}\"]]{rest}"
    ))
}

struct Chromedriver {
    process: Child,
    port: u16,
}

impl Chromedriver {
    /// chromedriver takes a free port of one address family and exits if the port is in use in the
    /// other.
    fn start(temporary: &Path) -> Chromedriver {
        (0..5)
            .find_map(|_| Chromedriver::launch(temporary))
            .expect("chromedriver did not say its port")
    }

    fn launch(temporary: &Path) -> Option<Chromedriver> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", temporary)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver; tests/run installs it");
        let stdout = BufReader::new(process.stdout.take().expect("standard output"));
        let (sender, port) = channel();
        // Read to the end, so that chromedriver does not block on a full pipe.
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let number = line
                    .split_once(STARTED)
                    .and_then(|(_, rest)| rest.trim_end_matches('.').parse::<u16>().ok());
                if let Some(number) = number {
                    let _ = sender.send(number);
                }
            }
        });
        match port.recv_timeout(DEADLINE) {
            Ok(port) => Some(Chromedriver { process, port }),
            Err(_) => {
                let _ = process.kill();
                let _ = process.wait();
                None
            }
        }
    }

    fn stop(&mut self) {
        let asked = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut stream| {
            stream.set_read_timeout(Some(DEADLINE))?;
            let request = format!(
                "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
                self.port
            );
            stream.write_all(request.as_bytes())?;
            stream.read_to_end(&mut Vec::new())
        });
        let started = Instant::now();
        while asked.is_ok() && started.elapsed() < DEADLINE {
            if matches!(self.process.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
