// Selects several tasks: by click with Shift, Ctrl or Cmd, and with the functions that shortcuts call. The checkboxes of
// the rows hold the selection, and the form at the bottom of the page changes it.
import { send } from "./exchange.js";
import { current, focus, neighbour, rowOf } from "./rows.js";
import { othersOf, rowsOfTask } from "./same-task.js";
import { say } from "./texts.js";

const form = document.getElementById("select");
const root = document.documentElement;
const picked = new Set();
let anchor = null;

const boxOf = (row) => row?.querySelector(".pick");

const isOn = () => root.classList.contains("selecting");

const show = (on = picked.size > 0) => {
  if (!form) return;
  root.classList.toggle("selecting", on);
  const count = document.getElementById("bulk-count");
  count.textContent = picked.size ? say("selected", { count: picked.size }) : say("select-tasks");
};

const set = (row, on) => {
  if (!boxOf(row)) return;
  for (const each of [row, ...othersOf(row)]) boxOf(each).checked = on;
  if (on) picked.add(row.dataset.task);
  else picked.delete(row.dataset.task);
};

export const isEmpty = () => picked.size === 0;

export const clearSelection = () => {
  picked.clear();
  anchor = null;
  // The bar goes away with what has the focus in it.
  if (form?.contains(document.activeElement)) document.activeElement.blur();
  // The checkboxes of the rows belong to the form.
  form?.reset();
  for (const menu of form?.querySelectorAll("details[open]") ?? []) menu.open = false;
  show();
};

export const toggle = (row) => {
  if (row) set(row, !picked.has(row.dataset.task));
  anchor = row;
  show();
};

// Selects from the row where the selection began up to this one.
const selectTo = (row) => {
  const rows = [...document.querySelectorAll("#main [data-task]")];
  const [from, to] = [rows.indexOf(anchor?.isConnected ? anchor : row), rows.indexOf(row)];
  for (const each of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) set(each, true);
  anchor ??= row;
  show();
};

// Selects the current row and the one beside it, or gives up the current one on the way back.
export const extend = (step) => {
  const row = current();
  const next = neighbour(row, step);
  if (!next) return;
  // Before the styles change: to scroll needs the layout.
  focus(next);
  if (row && picked.has(row.dataset.task) && picked.has(next.dataset.task)) set(row, false);
  else for (const each of [row, next]) set(each, true);
  anchor ??= row ?? next;
  show();
};

// Changes the selected tasks or, without any, the current one.
export const change = async (values) => {
  const row = current();
  const ids = isEmpty() && row ? [row.dataset.task] : [...picked];
  if (!ids.length) return;
  const fields = new URLSearchParams(values);
  for (const id of ids) fields.append("id", id);
  if (await send("/tasks/bulk", fields)) clearSelection();
};

// Opens the form with all changes of the selected tasks.
export const openPage = () => change({ action: "choose" });

// Returns the selected rows on the page if this is one of them, and this one otherwise. Of each task it is the row in the
// same group, if there is one.
export const pickedWith = (row) => {
  if (!picked.has(row.dataset.task)) return [row];
  const rows = [...document.querySelectorAll("#main [data-task]")].filter(({ dataset }) => picked.has(dataset.task));
  const isNear = (each) => each.parentElement === row.parentElement;
  const byTask = new Map();
  for (const each of rows) if (!byTask.has(each.dataset.task) || isNear(each)) byTask.set(each.dataset.task, each);
  return rows.filter((each) => byTask.get(each.dataset.task) === each);
};

// Opens a menu of the bar, for the current row if none is selected.
export const openMenu = (field) => {
  if (isEmpty()) toggle(current());
  if (isEmpty()) return;
  const input = form.elements.namedItem(field);
  input.closest("details").open = true;
  input.focus();
};

const isOurs = (event) => event.target.closest?.("#main") && !event.target.closest("summary, input, .menu-items");

if (form) {
  document.addEventListener("change", ({ target }) => {
    if (!target.matches(".pick")) return;
    set(rowOf(target), target.checked);
    anchor = rowOf(target);
    show();
  });

  // Before the text between two clicks is selected, and before links are followed.
  document.addEventListener("mousedown", (event) => {
    if (event.shiftKey && rowOf(event.target) && isOurs(event)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const row = rowOf(event.target);
    const link = event.target.closest?.("a[href='#selecting']");
    if (link) {
      event.preventDefault();
      link.closest("details")?.removeAttribute("open");
      toggle(row);
      focus(row);
      show(true);
      return;
    }
    // Scripts and the keyboard click, too, and mean the link.
    if (!row || !event.detail || event.button !== 0 || event.altKey || !isOurs(event)) return;
    const several = event.shiftKey || event.ctrlKey || event.metaKey;
    if (!several && !(isOn() && event.target.closest(".task-title"))) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) selectTo(row);
    else toggle(row);
    focus(row);
  }, { capture: true });

  form.addEventListener("click", (event) => {
    if (!event.target.closest(".bulk-close")) return;
    event.preventDefault();
    clearSelection();
    focus(current());
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    if (await send("/tasks/bulk", fields)) clearSelection();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !isOn() || event.target.closest("dialog")) return;
    clearSelection();
    focus(current());
  });
  // Rows that come or go.
  document.addEventListener("docket:changed", clearSelection);
  document.addEventListener("htmx:after:swap", () => {
    for (const id of picked) {
      const boxes = rowsOfTask(id).map(boxOf).filter(Boolean);
      for (const box of boxes) box.checked = true;
      if (!boxes.length) picked.delete(id);
    }
    if (isOn()) show();
  });
  // A page that comes back may have kept its checkboxes.
  addEventListener("pageshow", clearSelection);
}
