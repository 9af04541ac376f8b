// Keeps the notes that are being written in the browser, until they are saved, discarded, or their author signs out.

const PREFIX = "draft:";
const FORM = "#task .notes-form";

const keyOf = (form) => PREFIX + form.getAttribute("action");

// Storage can be full or switched off. Writing then goes on without a draft.
const store = (act) => {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
};

const read = (key) => store((storage) => JSON.parse(storage.getItem(key)));
const write = (key, draft) => store((storage) => storage.setItem(key, JSON.stringify(draft)));
const remove = (key) => store((storage) => storage.removeItem(key));

const textOf = (form) => form.elements.namedItem("description");
const shownOf = (form) => form.elements.namedItem("description_shown");

// Brings the text back, with the notes that it was written from, so that a conflict is noticed.
const restore = () => {
  const form = document.querySelector(FORM);
  if (!form || form.dataset.restored) return;
  form.dataset.restored = "yes";
  const draft = read(keyOf(form));
  const field = textOf(form);
  // A rejected form has the newer text.
  if (!draft || draft.text === field.value || form.dataset.warns) return;
  field.value = draft.text;
  shownOf(form).value = draft.shown;
  form.dataset.warns = "yes";
  form.querySelector("[data-draft]").hidden = false;
};

// Leads to a text that was not saved.
const offer = () => {
  const offered = document.querySelector("#task [data-drafted]");
  if (offered) offered.hidden = !read(PREFIX + offered.dataset.drafted);
};

const arrive = () => {
  restore();
  offer();
};

const forget = (form) => remove(keyOf(form));

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.(FORM);
  if (form) write(keyOf(form), { text: textOf(form).value, shown: shownOf(form).value });
});

document.addEventListener("click", ({ target }) => {
  const cancel = target.closest(`${FORM} [data-cancels]`);
  if (cancel) forget(cancel.closest("form"));
});

const sent = new WeakMap();

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches?.(FORM)) sent.set(ctx, ctx.sourceElement);
});

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const form = ctx && sent.get(ctx);
  if (form && ctx.response.status < 400) forget(form);
});

for (const type of ["htmx:after:swap", "docket:notes"]) document.addEventListener(type, arrive);
arrive();
