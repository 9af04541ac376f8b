// Chooses the time zone of the browser, if Docket knows it.
const zones = document.querySelector("[data-detects-zone]");

if (zones) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if ([...zones.options].some(({ value }) => value === timeZone)) zones.value = timeZone;
}
