// Drags tasks with the mouse, or with a finger after a long press, to another place in their list and to other lists,
// days and links of the sidebar. Escape cancels.
import { send } from "./exchange.js";
import { announce } from "./page.js";
import { fieldsOf, listIn, nameOf, placeAt } from "./places.js";
import { rowOf } from "./rows.js";
import { clearSelection, pickedWith } from "./select.js";
import { say } from "./texts.js";

const FAR = 6;
const LONG = 400;
const EDGE = 56;
const SPEED = 14;

// The press that may become a drag, and the drag.
let press = null;
let drag = null;

const element = (name) => {
  const created = document.createElement("div");
  created.className = name;
  created.setAttribute("aria-hidden", "true");
  return document.body.appendChild(created);
};

// Returns the tasks of the list above and below a height, and the height between them.
const gapIn = (order, y, dragged) => {
  const list = listIn(order);
  const rows = [...list?.children ?? []].filter((row) => row.dataset.task && !dragged.includes(row));
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { top, height } = rows[middle].getBoundingClientRect();
    if (y < top + height / 2) high = middle;
    else low = middle + 1;
  }
  const [above, below] = [rows[low - 1], rows[low]];
  const edge = below?.getBoundingClientRect().top ?? above?.getBoundingClientRect().bottom;
  return { after: above?.dataset.task, before: below?.dataset.task, edge, above, below, list };
};

const findPlace = () => {
  const { x, y, rows, ghost } = drag;
  ghost.hidden = true;
  const hit = document.elementFromPoint(x, y);
  ghost.hidden = false;
  const place = placeAt(hit);
  return place.order ? { ...place, ...gapIn(place.order, y, rows) } : place;
};

const showPlace = () => {
  const { place, line, highlit } = drag;
  const list = place.list?.getBoundingClientRect();
  line.hidden = !list || place.edge === undefined;
  if (!line.hidden) line.style.cssText = `left:${list.left}px;top:${place.edge - 1}px;width:${list.width}px`;
  const target = line.hidden ? place.target ?? place.order : null;
  if (target === highlit) return;
  highlit?.classList.remove("drop-target");
  target?.classList.add("drop-target");
  drag.highlit = target;
};

const scroller = (start) => {
  for (let each = start; each && each !== document.body; each = each.parentElement) {
    if (each.scrollWidth > each.clientWidth && /auto|scroll/.test(getComputedStyle(each).overflowX)) return each;
  }
  return null;
};

// Scrolls while the pointer is near an edge.
const step = () => {
  if (!drag) return;
  const { x, y } = drag;
  const over = document.elementFromPoint(x, y);
  const speed = (at, start, end) => (at < start + EDGE ? -SPEED : at > end - EDGE ? SPEED : 0);
  const side = over?.closest("#sidebar");
  const down = speed(y, 0, innerHeight);
  if (down) (side ?? window).scrollBy(0, down);
  const board = scroller(over);
  if (board) {
    const { left, right } = board.getBoundingClientRect();
    board.scrollBy(speed(x, Math.max(left, 0), Math.min(right, innerWidth)), 0);
  }
  drag.place = findPlace();
  showPlace();
  drag.frame = requestAnimationFrame(step);
};

const follow = ({ clientX, clientY }) => {
  drag.x = clientX;
  drag.y = clientY;
  drag.ghost.style.transform = `translate(${clientX + 12}px, ${clientY + 8}px)`;
};

const begin = (event) => {
  const { row } = press;
  const rows = pickedWith(row);
  const title = row.querySelector(".task-title, a[href]")?.textContent.trim();
  const text = rows.length > 1 ? say("tasks", { count: rows.length }) : title;
  const from = placeAt(row);
  drag = { rows, from, text, ghost: element("drag-ghost"), line: element("drop-line"), place: {} };
  drag.ghost.textContent = text;
  for (const each of rows) each.classList.add("dragged");
  document.documentElement.classList.add("dragging");
  getSelection()?.removeAllRanges();
  follow(event);
  step();
  announce(say("picked-up", { text }));
};

const end = () => {
  clearTimeout(press?.timer);
  press = null;
  if (!drag) return null;
  const ended = drag;
  drag = null;
  cancelAnimationFrame(ended.frame);
  ended.ghost.remove();
  ended.line.remove();
  ended.highlit?.classList.remove("drop-target");
  for (const row of ended.rows) row.classList.remove("dragged");
  document.documentElement.classList.remove("dragging");
  return ended;
};

// Shows the rows at their new place, until the server has answered.
const put = ({ rows, place }) => {
  const { list, below } = place;
  for (const row of rows) {
    list?.insertBefore(row, below ?? null);
    row.classList.add("pending");
  }
};

const isInPlace = ({ rows: [row, other], place: { list, above, below } }) => !other && list === row.parentElement
  && row.previousElementSibling === (above ?? null) && row.nextElementSibling === (below ?? null);

const drop = async () => {
  drag.place = findPlace();
  const ended = end();
  const fields = isInPlace(ended) ? null : fieldsOf(ended.place, ended.from);
  if (!fields) {
    announce(say("stays", ended));
    return;
  }
  for (const { dataset } of ended.rows) fields.append("id", dataset.task);
  announce(say("moving", { text: ended.text, place: nameOf(ended.place) }));
  const homes = ended.rows.map((row) => [row, row.parentElement, row.nextElementSibling]);
  put(ended);
  if (await send("/tasks/bulk", fields)) {
    clearSelection();
    return;
  }
  for (const [row, list, next] of homes.reverse()) {
    row.classList.remove("pending");
    list.insertBefore(row, next);
  }
};

const cancel = () => {
  const ended = end();
  if (ended) announce(say("stays", ended));
};

// The click that ends a drag opens nothing.
const swallow = () => {
  const stop = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }), 0);
};

const CONTROLS = "button, input, textarea, select, summary, .menu-items, [contenteditable]";

document.addEventListener("pointerdown", (event) => {
  const row = rowOf(event.target);
  if (!row || !event.isPrimary || event.button !== 0 || drag || event.target.closest(CONTROLS)) return;
  if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  const { clientX, clientY, pointerType } = event;
  press = { row, x: clientX, y: clientY, isTouch: pointerType === "touch" };
  if (press.isTouch) press.timer = setTimeout(() => begin({ clientX, clientY }), LONG);
});

document.addEventListener("pointermove", (event) => {
  if (drag) {
    follow(event);
    return;
  }
  if (!press || Math.hypot(event.clientX - press.x, event.clientY - press.y) < FAR) return;
  if (press.isTouch) end();
  else begin(event);
});

document.addEventListener("pointerup", (event) => {
  if (!drag) {
    end();
    return;
  }
  follow(event);
  swallow();
  drop();
});
document.addEventListener("pointercancel", cancel);
addEventListener("blur", cancel);

// A finger that drags does not scroll.
document.addEventListener("touchmove", (event) => { if (drag) event.preventDefault(); }, { passive: false });
document.addEventListener("contextmenu", (event) => { if (drag || press?.isTouch) event.preventDefault(); });
// The browser's own drag of links would take over.
document.addEventListener("dragstart", (event) => { if (rowOf(event.target)) event.preventDefault(); });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !drag) return;
  event.preventDefault();
  event.stopPropagation();
  cancel();
}, { capture: true });
