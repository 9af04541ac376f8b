// Notices that stay visible at any scroll position.

const place = () => document.getElementById("toast");

export const showError = (text) => {
  const notice = document.getElementById("toast-template")?.content.cloneNode(true);
  if (!notice) return;
  notice.querySelector("span").textContent = text;
  place().replaceChildren(notice);
};

export const clear = () => place()?.replaceChildren();

document.addEventListener("click", ({ target }) => {
  if (!target.closest(".toast-close")) return;
  target.closest(".notice").remove();
  document.getElementById("main").focus({ preventScroll: true });
});
