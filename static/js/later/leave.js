// Signs out, and removes what the browser keeps of the user.
import { show } from "../dialog.js";
import { say } from "../texts.js";
import { showError } from "../toast.js";
import { part, state } from "./strip.js";

const databases = async () => {
  const all = await indexedDB.databases?.().catch(() => null);
  return all?.map(({ name }) => name) ?? ["docket"];
};

const deleted = (name) => new Promise((resolve) => {
  const request = indexedDB.deleteDatabase(name);
  for (const type of ["success", "error", "blocked"]) request.addEventListener(type, resolve);
});

const forget = async () => {
  localStorage.clear();
  sessionStorage.clear();
  for (const name of await databases()) await deleted(name);
  for (const name of (await self.caches?.keys()) ?? []) await caches.delete(name);
};

const leave = async () => {
  // The session ends first, so that nothing is lost if the server cannot be reached.
  const answer = await fetch("/logout", { method: "POST", redirect: "manual" }).catch(() => null);
  if (answer?.type !== "opaqueredirect") {
    showError(say("still-signed-in"));
    return;
  }
  const { user } = document.body.dataset;
  const workers = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  for (const { active } of workers) active?.postMessage({ type: "leave" });
  await forget();
  for (const registration of workers) await registration.unregister();
  new BroadcastChannel("docket").postMessage({ left: user });
  location.replace("/");
};

export const signOut = async () => {
  const content = state.changes.length && (await part("offline-leave"));
  if (!content) return leave();
  const dialog = show(content.dataset.title, content);
  content.querySelector("[data-leaves]").addEventListener("click", () => {
    dialog.close();
    leave();
  });
  content.querySelector("[data-stays]").addEventListener("click", () => dialog.close());
};
