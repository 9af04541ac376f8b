// The rows of tasks on a page, in whatever list. The row with the focus is the current one.
import "./same-task.js";

const lists = document.getElementsByClassName("tasks");
let last = null;

document.addEventListener("focusin", ({ target }) => { last = rowOf(target) ?? last; });

// A row that is replaced by its new state keeps the focus.
document.addEventListener("htmx:after:swap", () => {
  if (!last || last.isConnected) return;
  last = document.getElementById(last.id);
  if (document.activeElement === document.body) focus(last);
});

export const rowOf = (element) => element?.closest?.("[data-task]") ?? null;

// The row with the focus, or the one that had it last.
export const current = () => rowOf(document.activeElement) ?? (last?.isConnected ? last : null);

export const focus = (row) => {
  const link = row?.querySelector(".task-title, a[href]");
  link?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
  return link;
};

const within = (list, step) => (step > 0 ? list.firstElementChild : list.lastElementChild);

const beside = (element, step) => (step > 0 ? element.nextElementSibling : element.previousElementSibling);

// Returns the next row (1) or the previous one (-1), also of another list. Without a row, it is the first or the last.
export const neighbour = (row, step) => {
  const all = [...lists];
  let place = row ? all.indexOf(row.closest(".tasks")) : (step > 0 ? -1 : all.length);
  let next = row && beside(row, step);
  for (;;) {
    if (next?.dataset.task && next.checkVisibility()) return next;
    if (next) {
      next = beside(next, step);
      continue;
    }
    place += step;
    if (!all[place]) return null;
    next = within(all[place], step);
  }
};

// Remembers the current row. The returned function gives it the focus, or a neighbour, after rows have changed, unless
// something else has the focus.
export const remember = () => {
  const row = current();
  if (!row) return () => {};
  const ids = [row, neighbour(row, 1), neighbour(row, -1)].map((each) => each?.id);
  return () => {
    if (document.activeElement !== document.body && document.activeElement?.isConnected) return;
    const found = ids.map((id) => id && document.getElementById(id)).find(Boolean);
    if (!focus(found)) document.getElementById("main").focus({ preventScroll: true });
  };
};
