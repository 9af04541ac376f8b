// Every page works without this file. It adds error handling and focus management to htmx.

const show = (text) => {
  const notice = document.getElementById("toast-template")?.content.cloneNode(true);
  if (!notice) return;
  notice.querySelector("span").textContent = text;
  document.getElementById("toast").replaceChildren(notice);
};

// A proxy may respond with a whole page, which must not replace a row of the list. Docket's own errors name their
// target, or are a rejected form.
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.hx.reswap || ctx.response.status === 422) return;
  ctx.swap = "none";
  show(`The server answered ${ctx.response.status}. Nothing was changed. Please try again.`);
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx) show("Docket cannot be reached. Check your connection and try again.");
});

// The focused button is deleted with its row. Move the focus to the neighbour, not to the top of the page.
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { swapSpec, target } of tasks) {
    if (swapSpec.style !== "delete") continue;
    const row = document.querySelector(typeof target === "string" ? target : `#${CSS.escape(target.id)}`);
    const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
    (neighbour?.querySelector(".task-title") ?? document.getElementById("new-title"))?.focus();
  }
});

const OPEN = ".task-delete[open]";

const cancel = (popover) => {
  popover.open = false;
  popover.querySelector("summary").focus();
};

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-cancels]")) return cancel(target.closest(OPEN));
  for (const popover of document.querySelectorAll(OPEN)) popover.open = popover.contains(target);
  if (!target.closest(".toast-close")) return;
  target.closest(".notice").remove();
  document.getElementById("main").focus({ preventScroll: true });
});

document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  const popover = document.querySelector(OPEN);
  if (popover) cancel(popover);
  else document.getElementById("toast")?.replaceChildren();
});

// Ask before leaving a form with unsaved text.
const edited = document.querySelector("[data-warns]");
edited?.addEventListener("input", () => { edited.dataset.warns = "yes"; });
edited?.addEventListener("submit", () => { edited.dataset.warns = ""; });
window.addEventListener("beforeunload", (event) => {
  if (edited?.dataset.warns) event.preventDefault();
});

// Choose the time zone of the browser, if Docket knows it.
const zones = document.querySelector("[data-detects-zone]");
if (zones) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if ([...zones.options].some(({ value }) => value === timeZone)) zones.value = timeZone;
}

// Copy buttons: hidden without this script, or without the clipboard API.
for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) continue;
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value).then(
      () => { button.textContent = "Copied"; },
      () => { button.hidden = true; },
    );
  });
}
