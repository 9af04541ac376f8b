// Shows the errors of changes in place.
import { showError } from "./toast.js";
import { say } from "./texts.js";

// A proxy may respond with a whole page, which must not replace a row of the list. Docket's own errors name their
// target, or are a rejected form.
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.hx.reswap || [409, 422].includes(ctx.response.status)) return;
  ctx.swap = "none";
  showError(say("server-error", ctx.response));
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx) showError(say("unreachable"));
});
