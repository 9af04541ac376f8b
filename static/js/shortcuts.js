// Single keys. They do nothing while one types, with Ctrl, Alt or Cmd, in dialogs, and where they are switched off.
import { show } from "./dialog.js";
import { showForm } from "./exchange.js";
import { current, focus, neighbour } from "./rows.js";
import { change, extend, isEmpty, openMenu, openPage, toggle } from "./select.js";
import { say } from "./texts.js";

const STORED = "docket-shortcuts";
// Time for the second key of two.
const WAIT = 1500;

const PAGES = {
  i: "/inbox", t: "/today", u: "/upcoming", a: "/tasks", c: "/completed", p: "/projects", l: "/labels", f: "/filters",
  s: "/settings",
};

const isOff = () => localStorage.getItem(STORED) === "off";

const TYPED = "input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable], dialog";

// The switch is on a page and in a dialog.
const prepare = (root) => {
  const box = root.querySelector("#shortcuts-on");
  if (!box) return;
  box.checked = !isOff();
  box.parentElement.hidden = false;
};

// Returns a part of another page.
const load = async (path, css) => {
  const response = await fetch(path, { headers: { Accept: "text/html" } }).catch(() => null);
  const page = response?.ok && new DOMParser().parseFromString(await response.text(), "text/html");
  const part = page && !response.redirected && page.querySelector(css);
  if (!part) location.assign(path);
  return part && document.adoptNode(part);
};

const help = async () => {
  const shortcuts = await load("/shortcuts", "#shortcuts");
  if (!shortcuts) return;
  prepare(shortcuts);
  show(say("shortcuts"), shortcuts);
};

const isShown = (element) => element?.checkVisibility({ visibilityProperty: true });

const add = async () => {
  const field = document.querySelector("main [data-quick-add] [name=text]");
  if (isShown(field)) {
    field.focus();
    return;
  }
  const next = encodeURIComponent(location.pathname + location.search);
  const form = await load(`/tasks/new?next=${next}`, "[data-quick-add]");
  if (form) showForm(say("add-tasks"), form);
};

const search = () => {
  const field = document.getElementById("search");
  if (isShown(field)) field.focus();
  else location.assign("/search");
};

const complete = () => {
  if (!isEmpty()) change({ action: "complete" });
  else current()?.querySelector(".toggle")?.click();
};

const move = (step) => focus(neighbour(current(), step));

const carry = async () => {
  if (isEmpty()) (await import("./later/carry.js")).pickUp();
  else openPage();
};

const KEYS = {
  "q": add,
  "/": search,
  "?": help,
  "j": () => move(1),
  "k": () => move(-1),
  "J": () => extend(1),
  "K": () => extend(-1),
  "x": () => current() && toggle(current()),
  "e": () => current()?.querySelector(".task-title, a[href]")?.click(),
  "c": complete,
  "m": carry,
  "t": () => openMenu("due"),
  "1": () => change({ priority: 1 }),
  "2": () => change({ priority: 2 }),
  "3": () => change({ priority: 3 }),
  "4": () => change({ priority: 4 }),
};

const ARROWS = { ArrowDown: 1, ArrowUp: -1 };

let leader = -Infinity;

document.addEventListener("keydown", (event) => {
  const { key, target, timeStamp } = event;
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.closest?.(TYPED)) return;
  // Two keys at once are no single key, which a voice could speak by accident.
  if (event.shiftKey && ARROWS[key] && current()) {
    event.preventDefault();
    extend(ARROWS[key]);
    return;
  }
  if (isOff()) return;
  const follows = timeStamp - leader < WAIT;
  leader = -Infinity;
  if (follows && PAGES[key]) {
    event.preventDefault();
    location.assign(PAGES[key]);
  } else if (key === "g") {
    leader = timeStamp;
  } else if (Object.hasOwn(KEYS, key)) {
    event.preventDefault();
    KEYS[key]();
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href='/tasks/new']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  link.closest("[popover]")?.hidePopover();
  add();
});

document.addEventListener("change", ({ target }) => {
  if (target.id === "shortcuts-on") localStorage.setItem(STORED, target.checked ? "on" : "off");
});

prepare(document);
