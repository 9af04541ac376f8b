// Says that there is no connection, that the page is a copy, and which changes wait or were refused. Tries until there is
// a connection, and then shows the page as it is now.
import { show as showDialog } from "../dialog.js";
import { read } from "../page.js";
import { refreshList } from "../refresh.js";
import { clear } from "../toast.js";
import { overlay } from "./overlay.js";

const FIRST_WAIT = 3_000;
const LONGEST_WAIT = 60_000;

const place = document.getElementById("offline");
const { copy } = document.body.dataset;

export const state = { isOffline: false, isSignedOut: false, changes: [] };

// The texts and the elements are templates of the page that stands in for others.
let parts;

export const part = async (id) => {
  parts ??= document.getElementById("offline-strip") ? document : (await read("/offline"))?.page;
  return parts?.getElementById(id)?.content.firstElementChild.cloneNode(true);
};

const post = async (message) => {
  (await navigator.serviceWorker?.ready)?.active.postMessage(message);
};

const timeOf = (value) => {
  const at = new Date(value);
  const isToday = at.toDateString() === new Date().toDateString();
  const form = isToday ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return at.toLocaleString(document.documentElement.lang, form);
};

const put = (element, value) => {
  const time = element.querySelector("time");
  time.dateTime = new Date(value).toISOString();
  time.textContent = timeOf(value);
};

const count = (element, number) => {
  element.hidden = !number;
  element.textContent = number === 1 ? element.dataset.one : element.dataset.many.replace("{n}", number);
};

const isRefused = ({ refused }) => Boolean(refused);

// Returns the change in words: its kind, and its text, which can be copied.
export const describe = ({ path, body, title }, words) => {
  const fields = new URLSearchParams(body);
  if (path === "/tasks/quick") return [words.add, fields.get("text")];
  if (path.endsWith("/completion")) return [fields.get("completed") === "true" ? words.done : words.open, title];
  const texts = [...fields].filter(([name]) => !/_shown$|^(next|due_zone)$/.test(name));
  const named = texts.map(([name, text]) => `${words[name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())] ?? name}: ${text}`);
  return [title, named.join("\n")];
};

// The reason, in the words of the server if it has any about a field.
const reason = ({ refused, answer }, words) => {
  const page = new DOMParser().parseFromString(answer ?? "", "text/html");
  const said = [...page.querySelectorAll(".error span, [role=alert] p > span, [role=alert] > span")];
  const own = words[`because${refused}`];
  return own ?? (said.map((each) => each.textContent.trim()).filter(Boolean).join(" ") || words.because);
};

const rowOf = async (item, words) => {
  const row = await part("offline-change");
  const [name, text] = describe(item, words);
  row.querySelector(".change-name").textContent = name;
  row.querySelector(".change-text").textContent = text;
  put(row, item.at);
  const why = row.querySelector(".change-why");
  why.hidden = !item.refused;
  if (item.refused) why.querySelector("span").textContent = reason(item, words);
  for (const button of row.querySelectorAll("[data-change]")) {
    button.dataset.id = item.id;
    button.hidden = button.dataset.change === "again" && !item.refused;
  }
  return row;
};

let dialog;

const list = async () => {
  const content = await part("offline-changes");
  const words = (await part("offline-words")).dataset;
  for (const rows of content.querySelectorAll("ul")) {
    const items = state.changes.filter((item) => isRefused(item) === (rows.dataset.changes === "refused"));
    rows.append(...(await Promise.all(items.map((item) => rowOf(item, words)))));
    rows.parentElement.hidden = !items.length;
  }
  return content;
};

const openList = async () => {
  const content = await list();
  dialog = showDialog(content.dataset.title, content);
};

const redrawList = async () => {
  if (!dialog?.isConnected) return;
  if (!state.changes.length) dialog.close();
  else dialog.querySelector(".pending-changes").replaceWith(await list());
};

const draw = async () => {
  const strip = await part("offline-strip");
  if (!strip || !place) return;
  const refused = state.changes.filter(isRefused).length;
  const waiting = state.changes.length - refused;
  strip.querySelector("[data-offline]").hidden = !state.isOffline;
  const about = strip.querySelector("[data-copied]");
  about.hidden = !copy || !state.isOffline || Boolean(document.getElementById("no-copy"));
  if (copy) put(about, copy);
  count(strip.querySelector("[data-waiting]"), waiting);
  count(strip.querySelector("[data-refused]"), refused);
  strip.querySelector("[data-sign-in]").hidden = !state.isSignedOut;
  strip.querySelector("button").hidden = !state.changes.length;
  strip.classList.toggle("strip-refused", refused > 0);
  // Read aloud when it changes, not whenever it is drawn.
  if (place.innerHTML !== strip.outerHTML) {
    place.replaceChildren(strip);
    strip.querySelector("button").addEventListener("click", openList);
  }
  place.hidden = !state.isOffline && !state.changes.length;
};

const drawChanges = async () => overlay(state.changes, await part("offline-mark"), await part("offline-row"));

// Text being written stays, and only then the old page does, too.
const isWriting = () => {
  const field = document.activeElement;
  return document.querySelector("[data-warns=yes], dialog[open]")
    || field?.matches("input, textarea") && field.value !== field.defaultValue;
};

let wait = FIRST_WAIT;
let timer = 0;

const attempt = () => post({ type: "try" });

const schedule = () => {
  clearTimeout(timer);
  timer = setTimeout(attempt, wait * (0.75 + Math.random() / 2));
  wait = Math.min(wait * 2, LONGEST_WAIT);
};

// The form for notes is made here, from the notes that the page has.
const editNotes = async (link) => {
  const section = link?.matches?.("[hx-get$='edit=notes']") && link.closest("#task-notes");
  const form = section && (await part("offline-notes"));
  if (!form) return;
  clear();
  const path = section.closest("#task").dataset.url;
  for (const element of [form, ...form.querySelectorAll("a")]) {
    for (const name of ["action", "href", "hx-post", "hx-get"]) if (element.hasAttribute(name)) element.setAttribute(name, path);
  }
  form.elements.namedItem("description_shown").value = section.dataset.notesTag;
  const field = form.elements.namedItem("description");
  field.value = section.dataset.notes;
  for (const old of section.querySelectorAll(".prose, .waiting-notes, #checklist, .part-head a")) old.hidden = true;
  section.append(form);
  document.dispatchEvent(new CustomEvent("docket:notes"));
  field.focus();
};

export const show = async ({ failed, sent, ...change } = {}) => {
  Object.assign(state, change);
  if (!state.isOffline && (copy || sent)) {
    if (copy && !isWriting()) return location.reload();
    await refreshList();
  }
  const mayChange = state.isOffline || state.changes.some((item) => !isRefused(item));
  if (mayChange) schedule();
  else wait = FIRST_WAIT;
  await draw();
  await drawChanges();
  await redrawList();
  if (failed) await editNotes(failed);
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-change]");
  if (button) post({ type: button.dataset.change, id: Number(button.dataset.id) });
  const link = event.target.closest("#task-notes [hx-get]");
  if (link && state.isOffline && link.matches("[data-cancels]")) {
    event.preventDefault();
    event.stopPropagation();
    const section = link.closest("#task-notes");
    link.closest("form").remove();
    for (const old of section.querySelectorAll("[hidden]:not([data-drafted])")) old.hidden = false;
  }
}, { capture: true });

// The pages that can be read, in place of one that cannot.
const listPages = async (kept) => {
  const name = (await caches.keys()).find((each) => each.startsWith("pages-"));
  if (!name) return;
  const cache = await caches.open(name);
  const keys = (await cache.keys()).reverse().filter(({ url }) => !/\/offline$|\/tasks\/new|[?&]fragment=/.test(url));
  for (const key of keys) {
    const page = new DOMParser().parseFromString(await (await cache.match(key)).text(), "text/html");
    const row = await part("kept-page");
    const link = row.querySelector("a");
    link.href = key.url;
    link.textContent = page.title.replace(/ · Docket$/, "");
    kept.append(row);
  }
  kept.parentElement.hidden = !keys.length;
};

// A message of an earlier time is none of this one.
if (copy) document.getElementById("flash")?.replaceChildren();
document.addEventListener("htmx:after:swap", () => {
  if (state.changes.length) drawChanges();
});
addEventListener("online", attempt);
document.addEventListener("visibilitychange", () => { if (!document.hidden && state.isOffline) attempt(); });
const kept = document.getElementById("kept-pages");
if (kept) listPages(kept);

// A text that another app shared with Docket.
const field = copy && location.pathname === "/tasks/new" && document.querySelector("main [data-quick-add] [name=text]");
if (field && !field.value) {
  const shared = new URLSearchParams(location.search);
  field.value = ["text", "title", "shared", "url"].map((name) => shared.get(name)).filter(Boolean).join(" ");
}
