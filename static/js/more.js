// Appends the next page of a list. Groups that are on both pages become one.
import { announce, read } from "./page.js";
import { say } from "./texts.js";

const rowsOf = (group) => group.querySelector(".tasks");

const groupsOf = (list) => [...list.querySelectorAll("[data-group]")];

// Inserts the groups of the next page in their order, and returns the new rows.
const merge = (list, next) => {
  const own = new Map(groupsOf(list).map((group) => [group.dataset.group, group]));
  const added = [];
  let last = null;
  for (const group of groupsOf(next)) {
    const rows = [...rowsOf(group).children];
    const same = own.get(group.dataset.group);
    if (same) {
      rowsOf(same).append(...rows);
      last = same;
    } else {
      if (last) last.after(group);
      else list.querySelector(".groups").prepend(group);
      last = group;
    }
    added.push(...rows);
  }
  for (const row of added) {
    row.classList.add("task-further");
    // Changes of these rows lead back to this page.
    for (const field of row.querySelectorAll("[name=next]")) field.value = location.pathname + location.search;
  }
  return added;
};

// Writes the numbers of tasks. A plus says that the next page may have more of them.
export const count = (list) => {
  for (const group of groupsOf(list)) {
    const number = group.querySelector("[data-count]");
    if (!number) continue;
    const more = list.querySelector("[data-more]") && number.textContent.endsWith("+");
    number.textContent = `${rowsOf(group).children.length}${more ? "+" : ""}`;
  }
};

// Appends the next page to a list, which remembers the number of pages that it has besides its own. Returns the new
// rows, or null if the page cannot be read.
export const appendNext = async (list) => {
  const link = list.querySelector("[data-more]");
  const next = (await read(link.getAttribute("href")))?.page.getElementById("list");
  if (!next || !link.isConnected) return null;
  const more = next.querySelector(".more");
  const added = merge(list, next);
  if (more) link.closest(".more").replaceWith(more);
  else link.closest(".more").remove();
  list.dataset.loaded = Number(list.dataset.loaded ?? 0) + 1;
  return added;
};

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.getAttribute("aria-busy")) return;
  link.setAttribute("aria-busy", "true");
  const list = document.getElementById("list");
  const added = await appendNext(list);
  if (!added) {
    location.assign(link.href);
    return;
  }
  count(list);
  announce(added.length === 1 ? say("one-more") : say("more", { count: added.length }));
  added[0]?.querySelector(".task-title")?.focus();
});

// Rows leave and join a list in place.
new MutationObserver((changes) => {
  const lists = changes.map(({ target }) => target).filter((one) => one.matches?.(".tasks"));
  for (const list of new Set(lists.map((one) => one.closest(".list")))) if (list) count(list);
}).observe(document.getElementById("main"), { childList: true, subtree: true });
