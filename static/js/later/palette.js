// The palette: a search over pages, projects, filters, labels and tasks.
import { say } from "../texts.js";

const WAIT = 150;
const MOST_SHOWN = 40;
const MOST_RECENT = 8;
const CACHE = "docket-palette";
const RECENT = "docket-recent";

const read = (storage, key) => {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
};

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// The entries of the server, with the tag under which this tab has them.
const load = async () => {
  const cached = read(sessionStorage, CACHE);
  const headers = cached ? { "If-None-Match": cached.etag } : {};
  const response = await fetch("/palette", { headers }).catch(() => null);
  if (response?.ok && !response.redirected) {
    const entries = await response.json();
    sessionStorage.setItem(CACHE, JSON.stringify({ etag: response.headers.get("ETag"), entries }));
    return entries;
  }
  return cached?.entries ?? [];
};

const recent = () => read(localStorage, RECENT) ?? [];

const use = ({ path }) => {
  const paths = [path, ...recent().filter((other) => other !== path)].slice(0, MOST_RECENT);
  localStorage.setItem(RECENT, JSON.stringify(paths));
};

// Returns how well an entry matches, or null: all words are in the name, best at its beginning.
const rank = (entry, words) => {
  let sum = 0;
  for (const word of words) {
    const at = entry.folded.indexOf(word);
    if (at < 0) return null;
    if (at > 0) sum += /\s/.test(entry.folded[at - 1]) ? 1 : 2;
  }
  return sum;
};

const matches = (entries, text) => {
  const words = fold(text).split(/\s+/).filter(Boolean);
  const paths = recent();
  const place = (entry) => {
    const found = paths.indexOf(entry.path);
    return found < 0 ? MOST_RECENT : found;
  };
  const ranked = entries.map((entry, index) => ({ entry, index, rank: rank(entry, words), place: place(entry) }));
  return ranked
    .filter((each) => each.rank !== null)
    .sort((one, other) => one.rank - other.rank || one.place - other.place || one.index - other.index)
    .slice(0, MOST_SHOWN)
    .map(({ entry }) => entry);
};

const symbol = ({ icon, colour }) => {
  if (!icon) {
    const dot = document.createElement("span");
    dot.className = `dot colour-${colour}`;
    return dot;
  }
  const name = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(name, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const shape = svg.appendChild(document.createElementNS(name, "use"));
  shape.setAttribute("href", `#icon-${icon}`);
  return svg;
};

class Palette {
  entries = [];
  tasks = [];
  shown = [];
  at = 0;
  timer = 0;
  request = null;

  constructor(dialog) {
    this.dialog = dialog;
    this.field = dialog.querySelector("input");
    this.list = dialog.querySelector("ul");
    this.status = dialog.querySelector("[role=status]");
    this.field.addEventListener("input", () => this.search());
    this.field.addEventListener("keydown", (event) => this.press(event));
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("li");
      if (option) this.open(this.shown[option.dataset.index], event);
    });
  }

  async begin() {
    this.show();
    const entries = await load();
    this.entries = entries.map((entry) => ({ ...entry, folded: fold(entry.name) }));
    this.show();
  }

  show() {
    const text = this.field.value;
    this.shown = [...matches(this.entries, text), ...this.tasks];
    this.list.replaceChildren(...this.shown.map((entry, index) => {
      const option = document.createElement("li");
      option.id = `palette-${index}`;
      option.dataset.index = index;
      option.setAttribute("role", "option");
      const name = document.createElement("span");
      name.className = "link-name";
      name.dir = "auto";
      name.textContent = entry.name;
      const kind = document.createElement("span");
      kind.className = "meta";
      kind.textContent = entry.kind;
      option.append(symbol(entry), name, kind);
      return option;
    }));
    this.status.textContent = this.shown.length || !this.entries.length ? "" : say("nothing-found");
    this.mark(0);
  }

  mark(at) {
    this.list.children[this.at]?.removeAttribute("aria-selected");
    this.at = at;
    const option = this.list.children[at];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  search() {
    this.tasks = [];
    this.show();
    clearTimeout(this.timer);
    this.request?.abort();
    const text = this.field.value.trim();
    if (text.length > 1) this.timer = setTimeout(() => this.find(text), WAIT);
  }

  async find(text) {
    this.request = new AbortController();
    const { signal } = this.request;
    const response = await fetch(`/palette/tasks?q=${encodeURIComponent(text)}`, { signal }).catch(() => null);
    const tasks = response?.ok && !response.redirected ? await response.json().catch(() => []) : [];
    if (signal.aborted || this.field.value.trim() !== text) return;
    this.tasks = tasks;
    const { at } = this;
    this.show();
    if (at < this.shown.length) this.mark(at);
  }

  press(event) {
    const { key } = event;
    const last = this.shown.length - 1;
    if (key === "ArrowDown") this.mark(this.at < last ? this.at + 1 : 0);
    else if (key === "ArrowUp") this.mark(this.at > 0 ? this.at - 1 : Math.max(last, 0));
    else if (key === "Enter" && !event.isComposing) this.open(this.shown[this.at], event);
    else return;
    event.preventDefault();
  }

  open(entry, { ctrlKey, metaKey }) {
    if (!entry) return;
    if (entry.icon !== "check") use(entry);
    if (ctrlKey || metaKey) {
      window.open(entry.path, "_blank", "noopener");
      return;
    }
    this.dialog.close();
    location.assign(entry.path);
  }
}

export const open = () => {
  if (document.querySelector("dialog.palette")) return;
  const dialog = document.getElementById("palette-template").content.firstElementChild.cloneNode(true);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  new Palette(dialog).begin();
};
