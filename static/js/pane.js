// Shows a task beside its list where there is room: the same page as a fragment. Elsewhere links to tasks are followed.
import { named } from "./client.js";
import { home, refreshList } from "./refresh.js";
import { showError } from "./toast.js";
import { say } from "./texts.js";
import { waits } from "./waiting.js";

const WIDE = matchMedia("(width >= 80rem)");
const TASK = /^\/tasks\/[0-9a-f-]{36}$/;
const title = document.title;

const pane = () => document.getElementById("pane");
const shown = () => pane()?.querySelector("#task")?.dataset.url;
const linkOf = (path) => document.querySelector(`#main a.task-title[href="${path}"]`);

// Marks the row of the task, and gives the page its title.
const mark = () => {
  const path = shown();
  for (const row of document.querySelectorAll("#main .task-shown")) row.classList.remove("task-shown");
  if (!path) return;
  for (const link of document.querySelectorAll(`#main a.task-title[href="${path}"]`)) {
    link.closest(".task")?.classList.add("task-shown");
  }
  pane().querySelector(".pane-page").href = path;
  document.title = `${pane().querySelector("h1").textContent} · Docket`;
};

const create = () => {
  const template = document.getElementById("pane-template").content.cloneNode(true);
  template.querySelector("#pane").hidden = true;
  document.body.append(template);
};

const remove = () => {
  const path = shown();
  const hadFocus = pane()?.contains(document.activeElement) || document.activeElement === document.body;
  pane()?.remove();
  mark();
  document.title = title;
  if (hadFocus) (linkOf(path) ?? document.getElementById("main")).focus({ preventScroll: true });
};

const load = async (path, swap) => {
  await window.htmx.ajax("GET", path, { target: "#task", swap });
  return shown() === path;
};

const show = async (path) => {
  const isNew = !pane();
  if (isNew) create();
  if (!(await load(path, "outerHTML"))) {
    if (isNew) remove();
    return false;
  }
  pane().hidden = false;
  pane().scrollTop = 0;
  mark();
  pane().focus({ preventScroll: true });
  return true;
};

const open = async (path) => {
  if (shown() === path) {
    pane().focus({ preventScroll: true });
    return;
  }
  const wasOpen = Boolean(pane());
  if (!(await show(path))) return;
  // The way back leads to the list, however many tasks were looked at.
  if (wasOpen && history.state?.pane) history.replaceState({ pane: path }, "", path);
  else history.pushState({ pane: path }, "", path);
};

const close = () => {
  if (history.state?.pane) history.back();
  else remove();
};

window.addEventListener("popstate", ({ state }) => {
  const path = location.pathname + location.search;
  if (path === home()) remove();
  else if (state?.pane && !document.querySelector("#main #task")) show(path);
  else location.reload();
});

document.addEventListener("click", (event) => {
  if (event.target.closest(".pane-close")) return close();
  const link = event.target.closest("a[href]");
  const isPlain = event.button === 0 && !event.defaultPrevented
    && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || !WIDE.matches) return;
  const isInPane = link.closest("#pane") && !link.matches(".pane-page");
  const isInList = link.closest("#main .task") && !document.querySelector("#main #task");
  const path = link.getAttribute("href");
  if (!(isInPane || isInList) || !TASK.test(path)) return;
  event.preventDefault();
  const menu = link.closest("details[open]");
  if (menu) menu.open = false;
  open(path);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || !pane()) return;
  if (document.querySelector("dialog[open]")) return;
  const field = document.activeElement;
  const isText = pane().contains(field) && field.matches("input, textarea");
  // What was written stays, and a second Escape closes the task.
  if (isText && field.value !== field.defaultValue) pane().focus();
  else close();
});

const refreshPane = async () => {
  if (!shown()) return;
  await load(shown(), "outerMorph");
  mark();
};

// Reads the task again after a change elsewhere. A task that is gone stays as it was.
export const readAgain = async () => {
  const path = shown();
  const answer = path && await fetch(path, { headers: { "HX-Request": "true" } });
  const text = answer?.ok && !answer.redirected && await answer.text();
  if (!text || shown() !== path) return;
  await window.htmx.swap({ sourceElement: document.body, text, target: "#task", swap: "outerMorph" });
  mark();
};

const showAgain = () => Promise.all([refreshList(), refreshPane()]);

// Forms that lead to another page change the list and the pane instead.
const effects = {
  "#pane [data-deletes]": () => location.replace(home()),
  "#pane .quick-add": async (form) => {
    const field = form.elements.namedItem("text");
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await showAgain();
    document.getElementById(field.id)?.focus();
  },
  ".notice-undo": async (form) => {
    form.closest(".notice").remove();
    await showAgain();
  },
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const name = Object.keys(effects).find((selector) => form.matches(selector));
  if (!name || !shown() || event.defaultPrevented || event.submitter?.formAction.endsWith("/preview")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  body.set("next", home());
  const answer = await fetch(form.action, { method: "POST", body, headers: named(), redirect: "manual" }).catch(() => null);
  if (!answer) showError(say("unreachable"));
  else if (answer.status === 202) waits(form);
  else if (answer.type === "opaqueredirect") await effects[name](form);
  // The server explains on a page what is wrong.
  else form.submit();
});

// Keeps the list and the pane together.
document.addEventListener("docket:changed", refreshPane);

const ofPane = new WeakSet();

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (pane()?.contains(ctx.sourceElement)) ofPane.add(ctx);
});

document.addEventListener("htmx:finally:request", async ({ detail: { ctx } }) => {
  if (!shown() || ctx.request.method !== "POST" || !(ctx.response?.status < 400)) return;
  if (ofPane.has(ctx)) {
    // A duplicate has another address.
    if (shown() !== location.pathname) history.replaceState({ pane: shown() }, "", shown());
    await refreshList();
  } else if (ctx.request.action === `${shown()}/delete`) {
    close();
  } else {
    await load(shown(), "outerMorph");
  }
  mark();
});
