// Copy buttons: hidden without this script, or without the clipboard API.
import { say } from "./texts.js";

for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) continue;
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value).then(
      () => { button.textContent = say("copied"); },
      () => { button.hidden = true; },
    );
  });
}
