// Shows changes that wait in the lists and the fields of the page, as they will be.
import { rowsOfTask } from "../same-task.js";

const ADDS = "/tasks/quick";
const PLACE = ["project_id", "section_id", "parent_id", "label"];

const marked = (row, mark) => {
  const facts = row?.querySelector(".task-facts");
  if (facts && !facts.querySelector(".fact-waiting")) facts.append(mark.cloneNode(true));
};

// Returns true if the list of the page is that of the place where the tasks will be.
const isHere = (fields, form) => PLACE.every((name) => (form.elements.namedItem(name)?.value ?? "") === (fields.get(name) ?? ""));

const add = (item, row) => {
  const list = document.getElementById("task-list");
  const form = document.querySelector("main [data-quick-add][hx-post]");
  const fields = new URLSearchParams(item.body);
  if (!list || !form || !isHere(fields, form)) return;
  for (const line of fields.get("text").split("\n").filter((each) => each.trim()).reverse()) {
    const added = row.cloneNode(true);
    added.querySelector(".task-title").textContent = line.trim();
    list.prepend(added);
  }
};

const tick = (fields, rows, detail, mark) => {
  const isDone = fields.get("completed") === "true";
  for (const element of [...rows, detail?.querySelector(".detail-head")]) {
    const button = element?.querySelector(".toggle");
    if (!button) continue;
    element.classList.toggle("task-done", isDone);
    button.setAttribute("aria-pressed", isDone);
    button.value = String(!isDone);
  }
  for (const row of rows) marked(row, mark);
};

const NOT_SHOWN = /_shown$|^(next|title|description|due_zone)$/;

const edit = (fields, rows, detail, mark) => {
  const title = fields.get("title");
  for (const row of rows) {
    const link = row.querySelector(".task-title");
    if (title && link) link.textContent = title;
    marked(row, mark);
  }
  if (!detail) return;
  const set = (field, value) => {
    if (field && field !== document.activeElement && !field.closest("template")) field.value = value;
  };
  if (title) {
    detail.querySelector("h1").textContent = title;
    set(detail.querySelector("#title"), title);
  }
  for (const [name, value] of fields) {
    if (NOT_SHOWN.test(name)) continue;
    const field = detail.querySelector(`[name="${CSS.escape(name)}"]:not([type=hidden], button)`);
    if (field) set(field, value);
    const summary = detail.querySelector(`#${CSS.escape(name.split("_")[0])}-name + details summary`);
    if (summary && value) summary.lastChild.textContent = value;
  }
  const notes = fields.get("description");
  const section = detail.querySelector("#task-notes");
  if (notes === null || !section || section.querySelector("[data-warns=yes]")) return;
  section.removeAttribute("hx-morph-skip");
  section.dataset.notes = notes;
  for (const old of section.querySelectorAll(".notes-form, .prose, .waiting-notes, #checklist")) old.remove();
  for (const link of section.querySelectorAll(".part-head a")) link.hidden = false;
  const text = document.createElement("p");
  text.className = "waiting-notes";
  text.dir = "auto";
  text.textContent = notes;
  section.append(text, mark.cloneNode(true));
};

// Puts the changes in their order over what the page has. Done again, it changes nothing. The elements are copies of a
// mark and of a row.
export const overlay = (changes, mark, addition) => {
  for (const old of document.querySelectorAll(".task-waiting, .fact-waiting")) old.remove();
  if (!mark || !addition) return;
  for (const item of changes.filter(({ refused }) => !refused)) {
    if (item.path === ADDS) {
      add(item, addition);
      continue;
    }
    const [, , id, action] = item.path.split("/");
    const rows = rowsOfTask(id);
    const detail = document.querySelector(`#task[data-url="/tasks/${CSS.escape(id)}"]`);
    const fields = new URLSearchParams(item.body);
    if (action) tick(fields, rows, detail, mark);
    else edit(fields, rows, detail, mark);
  }
};
