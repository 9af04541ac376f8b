// Closes menus with Escape or a click elsewhere. Without this script they close with their own button.
import { clear } from "./toast.js";

const OPEN = ".menu[open]";

document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll(OPEN)) menu.open = menu.contains(target);
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
