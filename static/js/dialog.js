// Modal dialogs. They close with Escape, their button or a click beside them.

export const show = (title, ...content) => {
  const template = document.getElementById("dialog-template");
  const dialog = template.content.firstElementChild.cloneNode(true);
  // One at a time: a form that comes back replaces the one before it.
  document.querySelector("dialog.dialog")?.close();
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector(".dialog-body").append(...content);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
};
