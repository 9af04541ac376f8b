// Closes menus with Escape, with a click elsewhere, and when the focus leaves them, so that they cover nothing that has
// it. Without this script they close with their own button.
import { clear } from "./toast.js";

const OPEN = ".menu[open]";

document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll(OPEN)) menu.open = menu.contains(target);
});

document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const menu = target.closest?.(OPEN);
  if (menu && relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.target.closest("dialog")) return;
  const menu = document.querySelector(OPEN);
  if (!menu) return clear();
  // Escape closes one thing at a time.
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary").focus();
});
