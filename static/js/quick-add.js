// Marks the parts of a text that quick add understands while one types. The server reads the text: it answers with
// the marks, and with the parts as buttons that turn them into text again.
import { say } from "./texts.js";

const WAIT = 150;
const PREVIEW = "/tasks/quick/preview";

// Each form's timer, pending request, and the text that its marks belong to.
const states = new WeakMap();

const stateOf = (form) => {
  if (!states.has(form)) states.set(form, { timer: 0, request: null, text: "" });
  return states.get(form);
};

const fieldOf = (form) => form.elements.namedItem("text");
const marksOf = (form) => form.querySelector(".quick-marks");

// Returns the places of the marks, in UTF-16 units as those of the field.
const placesOf = (marks) => {
  let start = 0;
  return [...marks.childNodes].flatMap((node) => {
    const place = { node, start, end: start + node.textContent.length };
    start = place.end;
    return node.nodeName === "MARK" ? [place] : [];
  });
};

const scroll = (form) => {
  const [field, marks] = [fieldOf(form), marksOf(form)];
  marks.scrollTop = field.scrollTop;
  marks.scrollLeft = field.scrollLeft;
};

// Keeps the marks before and behind an edit where they are, so that nothing flickers until the answer arrives.
const adjust = (form) => {
  const [marks, text] = [marksOf(form), fieldOf(form).value];
  const old = marks.textContent;
  if (old === text) return;
  const most = Math.min(old.length, text.length);
  let [before, behind] = [0, 0];
  while (before < most && old[before] === text[before]) before += 1;
  while (behind < most - before && old.at(-1 - behind) === text.at(-1 - behind)) behind += 1;
  const moved = text.length - old.length;
  const parts = [];
  let end = 0;
  for (const place of placesOf(marks)) {
    const isBehind = place.start >= old.length - behind;
    if (!isBehind && place.end > before) continue;
    const by = isBehind ? moved : 0;
    if (/^\S/.test(text.slice(place.end + by))) continue;
    parts.push(text.slice(end, place.start + by), place.node);
    end = place.end + by;
  }
  marks.replaceChildren(...parts, text.slice(end));
};

const ask = async (form, keep) => {
  const state = stateOf(form);
  state.request?.abort();
  state.request = new AbortController();
  const { signal } = state.request;
  const body = new URLSearchParams(new FormData(form));
  if (keep) body.set("keep", keep);
  const headers = { "HX-Request": "true" };
  // A preview that fails is missing, and no more: the form still works.
  const answer = await fetch(PREVIEW, { method: "POST", body, headers, signal }).catch(() => null);
  if (!answer?.ok) return null;
  const template = document.createElement("template");
  template.innerHTML = await answer.text().catch(() => "");
  return signal.aborted ? null : template.content;
};

const show = (form, answer) => {
  const marks = marksOf(form);
  marks.replaceChildren(...answer.querySelector(".quick-marks").childNodes);
  // Without the style sheet, the marks would be a second text.
  marks.hidden = getComputedStyle(marks).pointerEvents !== "none";
  form.querySelector(".quick-preview").replaceChildren(...answer.querySelector(".quick-preview").childNodes);
  stateOf(form).text = fieldOf(form).value;
  count(form);
  scroll(form);
};

// Says how many tasks the button adds.
const count = (form) => {
  const lines = form.querySelectorAll(".quick-lines li").length;
  const button = form.querySelector(".new-task-row .button");
  const text = lines > 1 ? say("add-several", { count: lines }) : say("add-one");
  if (lines > 1 || button.dataset.counts) button.textContent = text;
  button.dataset.counts = "yes";
};

// Puts a field with several lines in place of the one with a single line, in which line breaks would be lost.
const widen = (form, text) => {
  const field = fieldOf(form);
  const [start, end] = [field.selectionStart, field.selectionEnd];
  const lines = document.createElement("textarea");
  for (const { name, value } of field.attributes) {
    if (!["type", "value", "maxlength", "enterkeyhint"].includes(name)) lines.setAttribute(name, value);
  }
  lines.rows = 5;
  lines.value = field.value;
  lines.setRangeText(text.replace(/\r\n?/g, "\n"), start, end, "end");
  field.replaceWith(lines);
  lines.focus();
  adjust(form);
  refresh(form);
};

const refresh = async (form) => {
  const text = fieldOf(form).value;
  if (!text.trim()) {
    stateOf(form).request?.abort();
    marksOf(form).replaceChildren();
    form.querySelector(".quick-preview").replaceChildren();
    count(form);
    return;
  }
  const answer = await ask(form);
  if (answer?.querySelector(".quick-marks") && fieldOf(form).value === text) show(form, answer);
};

const schedule = (form) => {
  const state = stateOf(form);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => refresh(form), WAIT);
};

// Turns a part into text again, and leaves the caret at its end.
const keep = async (form, name) => {
  const field = fieldOf(form);
  const text = field.value;
  clearTimeout(stateOf(form).timer);
  const answer = await ask(form, name);
  const marks = answer?.querySelector(".quick-marks");
  if (!marks || field.value !== text) return;
  const behind = text.length - field.selectionEnd;
  field.value = marks.textContent;
  field.focus();
  const caret = Math.max(0, field.value.length - behind);
  field.setSelectionRange(caret, caret);
  show(form, answer);
};

const formOf = ({ target }) => target.closest?.("[data-quick-add]");

document.addEventListener("input", (event) => {
  const form = formOf(event);
  if (!form || event.target !== fieldOf(form)) return;
  adjust(form);
  scroll(form);
  schedule(form);
});

document.addEventListener("paste", (event) => {
  const form = formOf(event);
  if (!form || event.target !== fieldOf(form) || event.target.nodeName !== "INPUT") return;
  const text = event.clipboardData.getData("text/plain");
  if (text.split(/[\r\n]+/).filter((line) => line.trim()).length < 2) return;
  event.preventDefault();
  widen(form, text);
});

document.addEventListener("scroll", (event) => {
  const form = event.target instanceof Element && formOf(event);
  if (form && event.target === fieldOf(form)) scroll(form);
}, { capture: true });

document.addEventListener("click", (event) => {
  const form = formOf(event);
  if (!form) return;
  const button = event.target.closest("button[name=keep]");
  if (button) {
    event.preventDefault();
    keep(form, button.value);
    return;
  }
  const field = fieldOf(form);
  if (event.target !== field || field.selectionStart !== field.selectionEnd) return;
  // The marks are behind the field, so the caret tells which one is meant.
  if (stateOf(form).text !== field.value) return;
  const caret = field.selectionStart;
  const place = placesOf(marksOf(form)).find(({ start, end }) => start < caret && caret < end);
  if (place) keep(form, place.node.dataset.keep);
});

document.addEventListener("keydown", (event) => {
  const form = formOf(event);
  if (!form || event.target !== fieldOf(form) || event.key !== "Enter") return;
  if (event.ctrlKey || event.metaKey) form.requestSubmit(form.querySelector("button.button[type=submit]"));
});

// A text to begin with, such as that of a rejected form.
for (const form of document.querySelectorAll("[data-quick-add]")) {
  if (fieldOf(form).value.trim()) refresh(form);
}
