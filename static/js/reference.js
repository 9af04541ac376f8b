// The API reference: marks the current part in the index, and adds buttons that copy the examples.

const links = new Map(
  [...document.querySelectorAll(".docs-index a")].map((link) => [link.hash.slice(1), link]),
);
const parts = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
let current;

// The last part that begins above the upper third of the window.
const mark = () => {
  const line = innerHeight / 3;
  const part = parts.findLast((each) => each.getBoundingClientRect().top < line) ?? parts[0];
  const link = links.get(part?.id);
  if (link === current) return;
  current?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  current = link;
  const index = link.closest(".docs-index");
  const [place, box] = [link.getBoundingClientRect(), index.getBoundingClientRect()];
  if (place.top < box.top || place.bottom > box.bottom) {
    index.scrollTop += place.top - box.top - box.height / 3;
  }
};

let waits = false;
document.addEventListener("scroll", () => {
  if (waits) return;
  waits = true;
  requestAnimationFrame(() => { waits = false; mark(); });
}, { passive: true });
mark();

for (const block of navigator.clipboard ? document.querySelectorAll("pre.code") : []) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "code-copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(block.textContent).then(() => true, () => false);
    button.textContent = copied ? "Copied" : "Not copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.before(button);
}
