// Makes the contents of a row's menu when it opens. Until then they are text, which only a browser without scripts makes
// elements of: a list has half as many to style when it arrives.
const MENU = ".task-menu";

const fill = (menu) => {
  const source = menu.querySelector(":scope > noscript");
  // In a list that a script has parsed, it has elements instead, which are used up.
  const whole = source.firstElementChild ? source : new DOMParser().parseFromString(source.textContent, "text/html").body;
  if (!whole.firstElementChild) return;
  menu.querySelector(":scope > .menu-items")?.remove();
  menu.append(whole.firstElementChild);
};

// Before the menu opens.
document.addEventListener("click", ({ target }) => {
  const menu = target.closest?.(`${MENU} > summary`)?.parentElement;
  if (menu && !menu.open) fill(menu);
}, { capture: true });

document.addEventListener("toggle", ({ target: menu }) => {
  if (!menu.matches?.(MENU)) return;
  if (menu.open && !menu.querySelector(":scope > .menu-items")) fill(menu);
  // A change elsewhere leaves an open menu as it is.
  menu.toggleAttribute("hx-morph-skip", menu.open);
}, { capture: true });
