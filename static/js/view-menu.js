// Applies a change of the menu of a list at once. The menu stays open and keeps the focus.
import { announce, read } from "./page.js";
import { moveHome } from "./refresh.js";
import { say } from "./texts.js";

let latest = 0;

const requestOf = (form) => {
  const fields = new URLSearchParams(new FormData(form));
  if (form.method === "post") return [form.action, { method: "POST", body: fields }];
  return [`${form.action.split("?")[0]}?${fields}`];
};

const apply = async (form) => {
  const mine = latest += 1;
  document.getElementById("view").setAttribute("aria-busy", "true");
  const found = await read(...requestOf(form));
  if (mine !== latest) return;
  const view = found?.page.getElementById("view");
  if (!view) {
    form.submit();
    return;
  }
  document.getElementById("view").replaceWith(view);
  document.title = found.page.title;
  const head = found.page.querySelector(".page-head");
  document.querySelector(".page-head").className = head.className;
  document.querySelector("h1").replaceChildren(...head.querySelector("h1").childNodes);
  moveHome(found.url);
  announce(say("view-changed"));
};

document.addEventListener("change", ({ target }) => {
  const form = target.closest("[data-view-menu]");
  if (form) apply(form);
});
