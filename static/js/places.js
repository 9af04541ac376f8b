// Places for tasks: what elements say by `data-drop` and its values, and what a form needs to put tasks there.

const TARGET = "[data-drop]";
const ORDER = "[data-drop-order]";

// Returns the list in manual order and the target that contain an element. Either may be missing.
export const placeAt = (element) => {
  const order = element?.closest(ORDER) ?? null;
  const target = element?.closest(TARGET) ?? null;
  return { order, target: target?.contains(order) || !order ? target : order.closest(TARGET) };
};

// Returns the list of a place. A day without tasks has none, and is one itself.
export const listIn = (place) => (place?.matches("ul") ? place : place?.querySelector(".tasks, .entries") ?? place) ?? null;

// Returns the lists of all places, in the order of the page.
export const listsOf = (root) => {
  const places = [...root.querySelectorAll(`${ORDER}, ${TARGET}`)];
  return [...new Set(places.map(listIn))].filter((list) => list && list.parentElement.checkVisibility());
};

// Returns the fields of the form, or null if the tasks are there already. `from` is the place that they leave.
export const fieldsOf = ({ order, target, after, before }, from) => {
  const fields = new URLSearchParams();
  const now = from.target?.dataset ?? {};
  if (target && target !== from.target) {
    const { dropDue, dropProject, dropSection, dropPriority, dropLabel } = target.dataset;
    if (dropDue) fields.set("due", dropDue);
    else if (dropDue === "") fields.set("action", "undue");
    if (dropPriority) fields.set("priority", dropPriority);
    if (dropLabel) fields.set("labels", dropLabel);
    else if (dropLabel === "") fields.set("no_labels", "true");
    // From one column to another. A link of the sidebar only adds its label.
    if (now.dropLabel && dropLabel && target.closest("main")) fields.set("old_labels", now.dropLabel);
    const moves = dropProject !== now.dropProject || dropSection !== now.dropSection;
    if (moves && (dropProject || dropSection !== undefined)) {
      const section = dropSection === undefined ? "" : `/${dropSection}`;
      fields.set("place", `${dropProject ?? ""}${section}`);
    }
  }
  if (order && (after || before)) {
    if (after) fields.set("after", after);
    if (before) fields.set("before", before);
  }
  return fields.size ? fields : null;
};

// Returns the words for a place.
export const nameOf = ({ target, order }) => {
  const place = target ?? order;
  const label = place?.getAttribute("aria-label") ?? place?.dataset.dropName;
  if (label) return label;
  const heading = document.getElementById(place?.closest("[aria-labelledby]")?.getAttribute("aria-labelledby"));
  return (heading ?? place?.querySelector(".link-name"))?.textContent.trim() ?? "the list";
};
