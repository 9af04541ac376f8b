// A task that repeats moves on to its next date when it is ticked, and often out of the list.
import { refreshList } from "./refresh.js";

const MOMENT = 900;

let ticked = null;

document.addEventListener("submit", ({ target, submitter }) => {
  if (target.matches(".task-toggle")) ticked = submitter?.value === "true" ? target.closest("li")?.id || null : null;
});

document.addEventListener("htmx:after:swap", () => {
  const row = ticked && document.getElementById(ticked);
  ticked = null;
  if (row?.closest("#view") && !row.classList.contains("task-done")) setTimeout(refreshList, MOMENT);
});
