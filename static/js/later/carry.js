// Moves a task by keyboard: it is picked up, carried by the arrow keys, and put down with Enter. Escape takes it back.
import { send } from "../exchange.js";
import { announce } from "../page.js";
import { fieldsOf, listsOf, nameOf, placeAt } from "../places.js";
import { current, focus } from "../rows.js";
import { openPage } from "../select.js";
import { say } from "../texts.js";

let carried = null;

const rowsOf = (list) => [...list.children].filter((row) => row.dataset.task);

const placeOf = (row) => {
  const place = placeAt(row.parentElement);
  const rows = rowsOf(row.parentElement);
  const at = rows.indexOf(row);
  return { ...place, after: rows[at - 1]?.dataset.task, before: rows[at + 1]?.dataset.task, at, count: rows.length };
};

const announcePlace = (row) => {
  const place = placeOf(row);
  const name = nameOf(place);
  announce(place.order ? say("place", { at: place.at + 1, count: place.count, name }) : name);
};

const putIn = (row, list, before) => {
  list.insertBefore(row, before ?? null);
  focus(row);
  announcePlace(row);
};

const toList = (row, step, isVertical) => {
  const lists = listsOf(document.getElementById("main"));
  const list = lists[lists.indexOf(row.parentElement) + step];
  if (!list) return;
  const rows = rowsOf(list);
  putIn(row, list, isVertical && step < 0 ? null : rows[0]);
};

const carry = (row, step) => {
  // A week further, in a calendar.
  if (row.closest("td")) {
    toList(row, step * 7, true);
    return;
  }
  const isOrdered = Boolean(placeAt(row).order);
  const rows = rowsOf(row.parentElement);
  const at = rows.indexOf(row) + step;
  if (!isOrdered || !rows[at]) toList(row, step, true);
  else putIn(row, row.parentElement, step > 0 ? rows[at + 1] : rows[at]);
};

const end = () => {
  const ended = carried;
  carried = null;
  ended.row.classList.remove("carried");
  return ended;
};

const takeBack = ({ row, list, next }) => {
  list.insertBefore(row, next);
  focus(row);
};

const cancel = () => {
  const ended = end();
  takeBack(ended);
  announce(say("moved-back"));
};

const putDown = async () => {
  const ended = end();
  const { row, list, next, from } = ended;
  const place = placeOf(row);
  const isBack = row.parentElement === list && row.nextElementSibling === next;
  const fields = isBack ? null : fieldsOf(place, from);
  if (!fields) {
    announce(say("not-moved"));
    return;
  }
  fields.append("id", row.dataset.task);
  row.classList.add("pending");
  if (await send("/tasks/bulk", fields)) return;
  row.classList.remove("pending");
  takeBack(ended);
};

// Picks up the current row. Where lists have no places, the form opens that moves it elsewhere.
export const pickUp = () => {
  const row = current();
  if (!row) return;
  const from = placeAt(row.parentElement);
  if (!from.order && !listsOf(document.getElementById("main")).length) {
    openPage();
    return;
  }
  carried = { row, from, list: row.parentElement, next: row.nextElementSibling };
  row.classList.add("carried");
  focus(row);
  announce(say("carrying"));
};

const KEYS = {
  ArrowDown: (row) => carry(row, 1),
  ArrowUp: (row) => carry(row, -1),
  ArrowRight: (row) => toList(row, 1),
  ArrowLeft: (row) => toList(row, -1),
  j: (row) => carry(row, 1),
  k: (row) => carry(row, -1),
  Enter: putDown,
  m: putDown,
  Escape: cancel,
};

document.addEventListener("keydown", (event) => {
  if (!carried) return;
  if (event.key === "Tab") {
    cancel();
    return;
  }
  const key = KEYS[event.key];
  event.stopPropagation();
  if (!key) return;
  event.preventDefault();
  key(carried.row);
}, { capture: true });

document.addEventListener("pointerdown", () => { if (carried) cancel(); });
