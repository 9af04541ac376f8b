// Asks before a page with unsaved text is left.
const formOf = ({ target }) => target.closest?.("[data-warns]");

document.addEventListener("input", (event) => {
  const form = formOf(event);
  if (form) form.dataset.warns = "yes";
});

// A form that is sent in place stays until it is saved.
document.addEventListener("submit", (event) => {
  const form = formOf(event);
  if (form && !form.hasAttribute("hx-post")) form.dataset.warns = "";
});

window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-warns=yes]")) event.preventDefault();
});
