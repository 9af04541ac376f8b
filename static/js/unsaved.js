// Asks before the page of a form with unsaved text is left.
const edited = document.querySelector("[data-warns]");

edited?.addEventListener("input", () => { edited.dataset.warns = "yes"; });
edited?.addEventListener("submit", () => { edited.dataset.warns = ""; });
window.addEventListener("beforeunload", (event) => {
  if (edited?.dataset.warns) event.preventDefault();
});
