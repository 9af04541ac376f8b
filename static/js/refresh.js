// A task that repeats moves on to its next date when it is ticked, and often out of the list. Shows the list as it is then.
import { read } from "./page.js";

const MOMENT = 900;

let ticked = null;

export const replace = (page) => {
  const view = page.getElementById("view");
  if (!view) return false;
  document.getElementById("view").replaceWith(view);
  window.htmx?.process(view);
  return true;
};

document.addEventListener("submit", ({ target, submitter }) => {
  if (target.matches(".task-toggle")) ticked = submitter?.value === "true" ? target.closest("li")?.id : null;
});

document.addEventListener("htmx:after:swap", () => {
  const row = ticked && document.getElementById(ticked);
  const place = row?.closest("#view");
  ticked = null;
  if (!place || row.classList.contains("task-done")) return;
  setTimeout(async () => {
    const found = await read(location.href);
    const focused = place.contains(document.activeElement) ? document.activeElement.id : null;
    if (!found || !place.isConnected || !replace(found.page) || focused === null) return;
    (document.getElementById(focused) ?? document.getElementById("main")).focus({ preventScroll: true });
  }, MOMENT);
});
