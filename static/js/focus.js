// Rows disappear with the button that had the focus. Moves the focus to the neighbour, not to the top of the page.

const leave = (row) => {
  const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
  (neighbour?.querySelector(".task-title") ?? document.getElementById("new-title"))?.focus();
};

document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { swapSpec, target } of tasks) {
    if (swapSpec.style !== "delete") continue;
    leave(document.querySelector(typeof target === "string" ? target : `#${CSS.escape(target.id)}`));
  }
});

// A completed task leaves a list of open ones, after a moment in which it can be seen.
document.addEventListener("htmx:after:swap", () => {
  for (const row of document.querySelectorAll("[data-shows=open] > .task-done:not(.task-leaving)")) {
    row.classList.add("task-leaving");
    setTimeout(() => {
      // It may have been opened again.
      if (!row.isConnected || !row.matches(".task-done")) return;
      if (row.contains(document.activeElement)) leave(row);
      row.remove();
    }, 900);
  }
});
