// Opens the palette with Ctrl+K, Cmd+K or its button.

const open = async () => (await import("./later/palette.js")).open();

document.addEventListener("keydown", (event) => {
  const isIt = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  if (!isIt || event.shiftKey || event.altKey || !document.getElementById("palette-template")) return;
  event.preventDefault();
  open();
});

document.addEventListener("click", ({ target }) => { if (target.closest("[data-palette]")) open(); });
