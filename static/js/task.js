// The fields of a task, which are saved when they change.

const DETAIL = "#task";

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLElement) || !field.closest(DETAIL)) return;
  if (field.matches("[data-one-line]") && event.key === "Enter") {
    event.preventDefault();
    field.blur();
  } else if (field.matches("[data-one-line]") && event.key === "Escape" && field.value !== field.defaultValue) {
    event.preventDefault();
    field.value = field.defaultValue;
  } else if (field.matches("#description") && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    field.form.requestSubmit();
  }
});

// Enter leaves the field, whose change sends the form. Sending it by itself would do so twice.
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("hx-trigger")?.startsWith("change")) event.preventDefault();
});

// The focus was moved when the part appeared. Later changes leave it where it is.
document.addEventListener("htmx:after:swap", () => {
  for (const field of document.querySelectorAll(`${DETAIL} [autofocus]`)) field.removeAttribute("autofocus");
});
