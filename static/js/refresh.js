// Brings the list of the page up to date after a change elsewhere on the page: the pane, a drop, an undo.
import { appendNext } from "./more.js";

let page = location.pathname + location.search;

// The page that this document shows; the address can be that of a task in the pane.
export const home = () => page;

// Says that the document shows another page now.
export const moveHome = (url) => {
  const isHere = location.pathname + location.search === page;
  const { pathname, search } = new URL(url);
  page = pathname + search;
  if (isHere) history.replaceState(history.state, "", page);
};

let running = null;
let again = false;

// Puts a page in place of the present one. What is being typed stays.
export const showPage = async (text, others = "#sidebar:outerMorph,#flash:innerHTML") => {
  await window.htmx.swap({
    sourceElement: document.body,
    text,
    target: "#main",
    swap: "innerMorph ignoreTitle:true",
    select: "#main > *",
    selectOOB: others,
  });
};

// Returns a page with as many further pages of its list as the document has loaded. Null if one cannot be read.
export const complete = async (text) => {
  const loaded = Number(document.getElementById("list")?.dataset.loaded ?? 0);
  if (!loaded) return text;
  const whole = new DOMParser().parseFromString(text, "text/html");
  const list = whole.getElementById("list");
  for (let rest = loaded; rest && list?.querySelector("[data-more]"); rest -= 1) {
    if (!await appendNext(list)) return null;
  }
  return whole.documentElement.outerHTML;
};

const show = async (answer) => {
  const text = answer?.ok && !new URL(answer.url).pathname.startsWith("/login") && (await answer.text());
  if (text) await showPage(await complete(text) ?? text);
};

const run = async () => {
  do {
    again = false;
    await show(await fetch(page).catch(() => null));
  } while (again);
  running = null;
};

// Reads the page again, and changes what differs. What is being typed stays.
export const refreshList = () => {
  again = true;
  running ??= run();
  return running;
};
