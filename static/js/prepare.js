// Prepares a form or a link for htmx when it is used for the first time. htmx would prepare all of them when a page
// has loaded: a long task that grows with the list.

const SENDING = "[hx-get], [hx-post]";
const USES = ["focusin", "click", "submit", "change", "input", "toggle"];

let prepared = null;

const prepare = (element) => {
  // A copy of an element has its attributes, but is not prepared.
  if (!window.htmx || element._htmx?.initialized) return;
  prepared = element;
  window.htmx.process(element);
  prepared = null;
};

// Before the events reach what they are about.
const use = ({ type, target }) => {
  if (type === "toggle") {
    for (const part of target.querySelectorAll("[hx-trigger^=toggle]")) prepare(part);
    return;
  }
  for (let each = target.closest?.(SENDING); each; each = each.parentElement?.closest(SENDING)) prepare(each);
};

for (const type of USES) document.addEventListener(type, use, { capture: true });

document.addEventListener("htmx:before:process", (event) => {
  if (event.target !== prepared) event.preventDefault();
});
