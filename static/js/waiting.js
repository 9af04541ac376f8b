// A form whose change waits is as empty as after it.
export const waits = (form) => {
  if (form.dataset.warns) form.dataset.warns = "";
  if (!form.matches("[data-quick-add]")) return;
  const field = form.elements.namedItem("text");
  field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
