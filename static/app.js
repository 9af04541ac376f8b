// Every page works without this file. It covers what htmx leaves open when a change is made in place.

const notify = (text) => {
  const notice = document.createElement("p");
  notice.className = "notice notice-error";
  notice.setAttribute("role", "alert");
  notice.textContent = text;
  document.getElementById("flash")?.replaceChildren(notice);
};

// A proxy in front may answer for the server, with a whole page that must not land in a row of the list.
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.hx.retarget || ctx.hx.redirect || ctx.response.status === 422) return;
  ctx.swap = "none";
  notify(`The server answered ${ctx.response.status}. Nothing was changed; please try again.`);
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx) notify("The server could not be reached. Please try again.");
});

// The button that had the focus goes away with its row: move on to the neighbour rather than to the top of the page.
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { swapSpec, target } of tasks) {
    if (swapSpec.style !== "delete") continue;
    const row = document.querySelector(typeof target === "string" ? target : `#${CSS.escape(target.id)}`);
    const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
    (neighbour?.querySelector(".task-title") ?? document.getElementById("new-title"))?.focus();
  }
});

// A button that does nothing without this file, and nothing where the browser keeps the clipboard from pages.
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
