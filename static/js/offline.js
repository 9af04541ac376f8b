// Starts the service worker, which keeps visited pages for times without a connection, and removes what the browser
// keeps of a user who leaves. Without a service worker, pages work as ever with a connection.
import { named } from "./client.js";
import { say } from "./texts.js";
import { showError } from "./toast.js";
import { waits } from "./waiting.js";

const OWNER = "docket-owner";

const { user, copy } = document.body.dataset;
const worker = user && navigator.serviceWorker;

// Storage can be switched off.
const store = (act) => {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
};

const tell = (message) => {
  if (self.BroadcastChannel) new BroadcastChannel("docket").postMessage(message);
};

const arrive = () => {
  const former = store((storage) => storage.getItem(OWNER));
  if (former === user) return;
  // Somebody else was here before, whose session ended without a sign-out. The worker removes the pages.
  if (former) {
    store((storage) => storage.clear());
    sessionStorage.clear();
    tell({ left: former });
  }
  store((storage) => storage.setItem(OWNER, user));
};

const start = async () => {
  const isNew = !worker.controller;
  await worker.register("/sw.js");
  const { active } = await worker.ready;
  if (isNew) active.postMessage({ type: "visited", path: location.pathname + location.search });
  // Changes of an earlier page may wait.
  active.postMessage({ type: "hello" });
};

let shown = false;

const show = async (state) => {
  shown ||= Boolean(state.isOffline || state.changes?.length);
  if (shown) (await import("./later/strip.js")).show(state);
};

// Forms that load a page do not pass the worker, and nobody would keep their text.
const send = async (form, submitter) => {
  const body = new URLSearchParams(new FormData(form, submitter));
  const answer = await fetch(form.action, { method: "POST", body, headers: named(), redirect: "manual" }).catch(() => null);
  if (!answer) showError(say("unreachable"));
  else if (answer.status === 202) waits(form);
  else if (answer.type === "opaqueredirect") location.assign(body.get("next") || "/tasks");
  else form.submit();
};

// Lists of changes that wait name their tasks.
const titleOf = (element) => {
  const row = element.closest(".task")?.querySelector(".task-title") ?? element.closest("#task")?.querySelector("h1");
  return encodeURIComponent(row?.textContent.trim().slice(0, 200) ?? "");
};

if (user) arrive();
if (worker) {
  if (document.readyState === "complete") start().catch(() => {});
  else addEventListener("load", () => start().catch(() => {}));
  if (copy || !navigator.onLine) show({ isOffline: true });
  addEventListener("offline", () => show({ isOffline: true }));
  worker.addEventListener("message", ({ data }) => show(data));
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.request.method === "POST") ctx.request.headers["Docket-Title"] = titleOf(ctx.sourceElement);
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.response.status === 202) waits(ctx.sourceElement);
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (ctx) show({ isOffline: true, failed: ctx.sourceElement });
  });
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented) return;
  if (form.getAttribute("action") === "/logout") {
    event.preventDefault();
    import("./later/leave.js").then(({ signOut }) => signOut()).catch(() => form.submit());
    return;
  }
  const isPreview = submitter?.formAction.endsWith("/preview");
  if (!worker?.controller || isPreview || !form.matches("[data-quick-add]:not([hx-post])")) return;
  event.preventDefault();
  send(form, submitter);
});

// Another tab has signed out, or somebody else has signed in there.
if (user && self.BroadcastChannel) {
  new BroadcastChannel("docket").addEventListener("message", ({ data }) => {
    if (data.left === user) location.replace("/");
  });
}
