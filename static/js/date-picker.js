// Adds the grid of a month to the menu of a date. Without it, the menu has the field of the browser.
import { say } from "./texts.js";

// Languages of tests are unknown to browsers.
const LANGUAGE = document.documentElement.lang.replace(/-X.*/, "");
const IS_MIRRORED = document.documentElement.dir === "rtl";

// Formats take a while to make, and most pages need none.
const format = (options) => {
  let made = null;
  return (day) => (made ??= new Intl.DateTimeFormat(LANGUAGE, { timeZone: "UTC", ...options })).format(day);
};
const longOf = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const monthOf = format({ month: "long", year: "numeric" });
const shortDayOf = format({ weekday: "narrow" });
const longDayOf = format({ weekday: "long" });
const FIRST = { sunday: 0, monday: 1, saturday: 6 };

// A day is a date at midnight UTC.
const dayOf = (text) => new Date(`${text}T00:00:00Z`);
const textOf = (day) => day.toISOString().slice(0, 10);
const plusDays = (day, days) => new Date(day.getTime() + days * 86_400_000);

// The same day of another month, or its last one.
const plusMonths = (day, months) => {
  const moved = new Date(day);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0));
  moved.setUTCDate(Math.min(day.getUTCDate(), last.getUTCDate()));
  return moved;
};

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

// The weeks that contain the month of a day.
const weeksOf = (day, first) => {
  const start = new Date(day);
  start.setUTCDate(1);
  let at = plusDays(start, -((start.getUTCDay() - first + 7) % 7));
  const weeks = [];
  while (at <= start || at.getUTCMonth() === start.getUTCMonth()) {
    weeks.push(Array.from({ length: 7 }, (_, offset) => plusDays(at, offset)));
    at = plusDays(at, 7);
  }
  return weeks;
};

const fieldOf = (menu) => menu.querySelector(`.day-form [name="${menu.dataset.date}"]`);

// Shows the month of a day, which is the one that the Tab key leads to.
const show = (menu, day) => {
  const calendar = menu.querySelector(".month");
  const [chosen, today] = [fieldOf(menu).value, menu.dataset.today];
  const weeks = weeksOf(day, FIRST[menu.dataset.weekStart] ?? 1);
  const button = (each) => {
    const text = textOf(each);
    const made = element("button", { type: "button", textContent: each.getUTCDate() });
    made.dataset.day = text;
    made.tabIndex = text === textOf(day) ? 0 : -1;
    made.setAttribute("aria-label", longOf(each));
    made.setAttribute("aria-pressed", text === chosen);
    if (text === today) made.setAttribute("aria-current", "date");
    if (each.getUTCMonth() !== day.getUTCMonth()) made.classList.add("month-other");
    return made;
  };
  calendar.querySelector(".month-name").textContent = monthOf(day);
  calendar.querySelector("table").replaceChildren(
    element("thead", {}, element("tr", {}, ...weeks[0].map((each) =>
      element("th", { scope: "col", abbr: longDayOf(each), textContent: shortDayOf(each) })))),
    element("tbody", {}, ...weeks.map((week) =>
      element("tr", {}, ...week.map((each) => element("td", {}, button(each)))))),
  );
};

const focused = (menu) => dayOf(menu.querySelector(".month [tabindex='0']").dataset.day);

const move = (menu, day) => {
  if (!(day.getUTCFullYear() > 0 && day.getUTCFullYear() < 10_000)) return;
  show(menu, day);
  menu.querySelector(".month [tabindex='0']").focus();
};

const create = (menu) => {
  const turn = (months, name, text) => {
    const made = element("button", { type: "button", className: "icon-button", textContent: text, ariaLabel: name });
    made.addEventListener("click", () => show(menu, plusMonths(focused(menu), months)));
    return made;
  };
  const name = element("p", { className: "month-name" });
  name.setAttribute("aria-live", "polite");
  const head = element("div", { className: "month-head" },
    turn(-1, say("month-before"), IS_MIRRORED ? "›" : "‹"), name, turn(1, say("month-after"), IS_MIRRORED ? "‹" : "›"));
  const table = element("table", {});
  table.setAttribute("aria-label", say("days"));
  const form = menu.querySelector(".day-form");
  form.before(element("div", { className: "month" }, head, table));
  fieldOf(menu).closest(".field").hidden = true;
  // Without a time, there is nothing left to set.
  form.hidden = !form.querySelector("[type=time]");
};

const begin = (menu) => {
  if (!menu.querySelector(".month")) create(menu);
  show(menu, dayOf(fieldOf(menu).value || menu.dataset.today));
};

// The fields of a menu that is open stay as they are while the task changes for another reason.
const keep = (menu, isKept) => menu.querySelector(".date-items").toggleAttribute("hx-morph-skip", isKept);

document.addEventListener("toggle", ({ target: menu }) => {
  if (!menu.matches?.(".date-menu")) return;
  keep(menu, menu.open);
  if (!menu.open) return;
  begin(menu);
  if (matchMedia("(hover: hover)").matches) menu.querySelector("input[type=text]").focus();
}, { capture: true });

const menuOf = (node) => node.closest?.(".date-menu");

document.addEventListener("submit", ({ target }) => {
  const menu = menuOf(target);
  if (!menu) return;
  keep(menu, false);
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  menu.open = false;
});

// A rejected date opens its menu again.
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const menu = menuOf(ctx.sourceElement);
  if (menu && ctx.request.method === "POST" && !(ctx.response?.status < 400)) menu.open = true;
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest(".month [data-day]");
  if (!button) return;
  const field = fieldOf(menuOf(button));
  field.value = button.dataset.day;
  field.form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const button = event.target.closest?.(".month [data-day]");
  if (!button) return;
  const day = dayOf(button.dataset.day);
  const inWeek = (day.getUTCDay() - (FIRST[button.closest(".date-menu").dataset.weekStart] ?? 1) + 7) % 7;
  const to = {
    ArrowLeft: () => plusDays(day, IS_MIRRORED ? 1 : -1),
    ArrowRight: () => plusDays(day, IS_MIRRORED ? -1 : 1),
    ArrowUp: () => plusDays(day, -7),
    ArrowDown: () => plusDays(day, 7),
    Home: () => plusDays(day, -inWeek),
    End: () => plusDays(day, 6 - inWeek),
    PageUp: () => plusMonths(day, event.shiftKey ? -12 : -1),
    PageDown: () => plusMonths(day, event.shiftKey ? 12 : 1),
  }[event.key];
  if (!to) return;
  event.preventDefault();
  move(button.closest(".date-menu"), to());
});
