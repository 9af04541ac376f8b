// The name of this page, which its requests carry: the stream of changes marks those of the page itself.

const bytes = crypto.getRandomValues(new Uint8Array(12));

export const name = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const named = (headers) => ({ ...headers, "Docket-Client": name });

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  ctx.request.headers["Docket-Client"] = name;
});
