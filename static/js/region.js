// Fills a new account's time zone, week and forms of dates and times with those of the browser.
const zones = document.querySelector("[data-detects-zone]");

const WEEK_STARTS = { 1: "monday", 6: "saturday", 7: "sunday" };

const FOUND = {
  week_start: (locale) => WEEK_STARTS[(locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay],
  date_order: ({ baseName }) => {
    const parts = new Intl.DateTimeFormat(baseName, { dateStyle: "medium" }).formatToParts();
    const order = parts.map(({ type }) => ({ year: "y", month: "m", day: "d" })[type] ?? "").join("");
    return ["dmy", "mdy", "ymd"].includes(order) && order;
  },
  clock: ({ baseName }) => {
    const { hour12 } = new Intl.DateTimeFormat(baseName, { hour: "numeric" }).resolvedOptions();
    return hour12 ? "12h" : "24h";
  },
};

if (zones) {
  const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
  if ([...zones.options].some(({ value }) => value === timeZone)) zones.value = timeZone;
  for (const [name, find] of Object.entries(FOUND)) {
    zones.form.elements.namedItem(name).value = find(new Intl.Locale(locale)) || "";
  }
}
