// Sends forms and puts the page that follows in place of the present one, with what has the focus and the scroll
// position as they are.
import { named } from "./client.js";
import { show } from "./dialog.js";
import { announce } from "./page.js";
import { complete, home, showPage } from "./refresh.js";
import { remember } from "./rows.js";
import { say } from "./texts.js";
import { clear, showError } from "./toast.js";

const put = async (html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const flash = page.querySelector("#flash p")?.textContent ?? "";
  const whole = await complete(html) ?? html;
  const back = remember();
  clear();
  await showPage(whole);
  document.dispatchEvent(new CustomEvent("docket:changed"));
  back();
  announce(flash);
};

const request = async (path, options) => {
  try {
    const response = await fetch(path, { ...options, headers: named({ Accept: "text/html" }) });
    return { response, html: await response.text() };
  } catch {
    showError(say("unreachable"));
    return null;
  }
};

// Shows a form of another page in a dialog.
export const showForm = (title, form) => {
  form.dataset.inDialog = "yes";
  const dialog = show(title, form);
  const field = form.querySelector("[aria-invalid=true], [autofocus]");
  (field ?? form.querySelector("textarea, input:not([type=hidden])")).focus();
  return dialog;
};

// Sends the fields of a form. Returns true if the page that follows is in place; a form that comes back is in a dialog.
export const send = async (path, fields) => {
  fields.set("next", home());
  const found = await request(path, { method: "POST", body: fields });
  if (!found) return false;
  const { response, html } = found;
  // It waits for a connection.
  if (response.status === 202) return true;
  if (response.status === 401) {
    location.reload();
    return false;
  }
  if (response.redirected && response.ok) {
    const { pathname, search } = new URL(response.url);
    if (pathname + search !== home()) location.assign(response.url);
    else await put(html);
    return true;
  }
  const page = new DOMParser().parseFromString(html, "text/html");
  const form = page.querySelector(`main form[action="${path}"]`);
  if (form) {
    showForm(page.querySelector("h1").textContent, form);
    return false;
  }
  const said = page.querySelector(".trouble h1 + p, main [role=alert]")?.textContent.trim();
  showError(said ?? say("server-error", response));
  return false;
};

// Forms of a dialog, and the button that undoes a change, which also belongs to the pane.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const isOurs = form.matches("[data-in-dialog]") || form.matches(".notice-undo") && !document.getElementById("pane");
  if (event.defaultPrevented || !isOurs) return;
  event.preventDefault();
  const dialog = form.closest("dialog");
  // A button of the form can be called action.
  const path = form.getAttribute("action");
  if (await send(path, new URLSearchParams(new FormData(form, event.submitter)))) dialog?.close();
});
