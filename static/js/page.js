// Reads another page of this server, to take parts of it into this one.

// Resolves to the document and its address, or to null if it cannot be read.
export const read = async (url, options = {}) => {
  const answer = await fetch(url, options).catch(() => null);
  if (!answer?.ok) return null;
  const html = await answer.text().catch(() => null);
  if (html === null) return null;
  return { page: new DOMParser().parseFromString(html, "text/html"), url: answer.url };
};

export const announce = (text) => {
  document.getElementById("announce").textContent = text;
};
