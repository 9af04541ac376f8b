// The rows of one task: a list in groups by label has a row in the group of each of its labels. They change together.

export const rowsOfTask = (id) => [...document.querySelectorAll(`[data-task="${CSS.escape(id)}"]`)];

// Returns the other rows of the task of a row, in the same list.
export const othersOf = (row) => {
  const list = row.closest(".list");
  return rowsOfTask(row.dataset.task).filter((each) => each !== row && list && each.closest(".list") === list);
};

const rename = (row, id) => {
  row.id = id;
  row.querySelector(".toggle").id = id.replace("task-", "toggle-");
};

const swapped = [];

document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { swapSpec, target } of tasks) {
    const row = typeof target === "string" ? document.querySelector(target) : target;
    if (!row?.matches(".task[data-task]")) continue;
    const others = othersOf(row);
    if (swapSpec.style === "delete") for (const other of others) other.remove();
    else if (others.length) swapped.push({ id: row.id, task: row.dataset.task, list: row.closest(".list"), others });
  }
});

// The new row has the id of the first one of its task.
document.addEventListener("htmx:after:swap", () => {
  for (const { id, task, list, others } of swapped.splice(0)) {
    const row = rowsOfTask(task).find((each) => list.contains(each) && !others.includes(each));
    if (!row) continue;
    for (const other of others) {
      const copy = row.cloneNode(true);
      rename(copy, other.id);
      other.replaceWith(copy);
    }
    rename(row, id);
  }
});
