// The texts of scripts, which the page has in its language.
const texts = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");

// Returns a text. A name in braces stands for a value.
export const say = (name, values = {}) => (texts[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
