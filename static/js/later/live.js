// Brings the page up to date when something has changed elsewhere: in another tab, on another device, by a program.
import { name } from "../client.js";
import { readAgain } from "../pane.js";
import { complete, home, showPage } from "../refresh.js";
import { remember } from "../rows.js";

// The least time between two refreshes, and the time until another attempt.
const PAUSE = 500;
const BUSY = 250;
const FAILED = 5_000;
const REFUSED = 60_000;

const TEXTS = "textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=submit])";

let stream = null;
let last = document.body.dataset.version;
let isStale = false;
let isRunning = false;
let timer = 0;
let refreshedAt = 0;
let shown = "";

let isComposing = false;
document.addEventListener("compositionstart", () => { isComposing = true; });
document.addEventListener("compositionend", () => { isComposing = false; });

const isBusy = () => isComposing || document.querySelector(".dragging, .pending, .htmx-request");

const schedule = (wait = Math.max(0, refreshedAt + PAUSE - Date.now())) => {
  isStale = true;
  if (!timer && !isRunning && !document.hidden) timer = setTimeout(refresh, wait);
};

// Leaves forms alone in which someone writes, with the hidden fields that tell what the text was written from.
const guard = () => {
  const isWritten = (field) => field.matches(TEXTS)
    && (field === document.activeElement || field.value !== field.defaultValue);
  const forms = [...document.forms].filter((form) => !form.closest("[hx-morph-skip]") && [...form.elements].some(isWritten));
  for (const form of forms) form.setAttribute("hx-morph-skip", "");
  return () => {
    for (const form of forms) form.removeAttribute("hx-morph-skip");
    // A field of a task may be out of date when it is left.
    const active = document.activeElement;
    if (forms.includes(active?.form) && active.closest("#task")) active.addEventListener("blur", () => schedule(), { once: true });
  };
};

// Returns the page as it is now. Null if there is none: the session has ended, or what it shows is gone.
const readPage = async () => {
  const answer = await fetch(home(), { headers: { Accept: "text/html", "Docket-Refresh": "yes" } });
  return answer.ok && !answer.redirected ? answer.text() : null;
};

const put = async (text) => {
  if (text === null || text === shown) return true;
  const html = await complete(text);
  // A drag may have begun in the meantime.
  if (html === null || isBusy()) return false;
  const [release, back] = [guard(), remember()];
  await showPage(html, "#sidebar:outerMorph");
  back();
  release();
  shown = text;
  return true;
};

const refresh = async () => {
  timer = 0;
  if (document.hidden) return;
  if (isBusy()) {
    schedule(BUSY);
    return;
  }
  isStale = false;
  isRunning = true;
  refreshedAt = Date.now();
  let wait;
  try {
    if (!await put(await readPage())) wait = BUSY;
    else if (document.getElementById("pane")) {
      const release = guard();
      await readAgain();
      release();
    }
  } catch {
    wait = FAILED;
  }
  isRunning = false;
  if (isStale || wait) schedule(wait);
};

const close = () => {
  stream?.close();
  stream = null;
};

const open = () => {
  if (stream || document.hidden) return;
  stream = new EventSource(`/api/v1/events?client=${name}&last_event_id=${last}`);
  stream.addEventListener("change", ({ data, lastEventId }) => {
    last = lastEventId;
    if (!JSON.parse(data).own) schedule();
  });
  // The browser connects again by itself, unless it was refused.
  stream.addEventListener("error", () => {
    if (stream?.readyState !== EventSource.CLOSED) return;
    close();
    setTimeout(open, REFUSED);
  });
};

// A page in the background has no stream. It asks when it is looked at again.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    close();
    return;
  }
  open();
  if (isStale) schedule();
});
addEventListener("pagehide", close);
addEventListener("pageshow", open);
open();
