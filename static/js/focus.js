// The focused button is deleted with its row. Moves the focus to the neighbour, not to the top of the page.
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { swapSpec, target } of tasks) {
    if (swapSpec.style !== "delete") continue;
    const row = document.querySelector(typeof target === "string" ? target : `#${CSS.escape(target.id)}`);
    const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
    (neighbour?.querySelector(".task-title") ?? document.getElementById("new-title"))?.focus();
  }
});
