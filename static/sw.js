// The service worker: keeps visited pages and the files that they need, for times without a connection. The server
// writes VERSION and ASSETS before this script.

const FILES = "files-";
const PAGES = "pages-";
const COPIED = "Docket-Copied";
const MADE_FOR = "Docket-Version";
// Marks the files of a version that was in use.
const USED = "/used";
const OWNER = "Docket-User";
const NOBODY = "none";
const MOST_PAGES = 60;
const MOST_AGE = 30 * 86_400_000;
const SHELL = "/offline";
// Read ahead, so that they exist without a connection.
const NEEDED = [SHELL, "/tasks/new", "/today"];
const TASK = /^\/tasks\/[0-9a-f-]{36}$/;
// Secrets, and pages that are of no use without a connection.
const NOT_KEPT = /^\/(settings|login|register|logout|api|static|health|\.well-known)(\/|$)/;

const fileCache = `${FILES}${VERSION}`;

// The mark of the user whose pages are kept. Unknown until it is read, for the browser ends and starts this script at will.
let owner;

const ownerOf = async () => {
  owner ??= (await caches.keys()).find((name) => name.startsWith(PAGES))?.slice(PAGES.length) ?? NOBODY;
  return owner;
};

// True after a sign-out, until the browser ends this script.
let left = false;

// Removes what belongs to others than the user of a response.
const belongTo = async (mark) => {
  if (owner === mark || left) return;
  owner = mark;
  for (const name of await caches.keys()) if (name.startsWith(PAGES) && name !== PAGES + mark) await caches.delete(name);
  // After the end of a session, changes wait for its user to sign in again.
  if (mark !== NOBODY) await forgetOthers();
};

// Another version waits until no page is open. In Chromium, a page that is loaded in the moment of a change of workers
// would never arrive.
const install = async () => (await caches.open(fileCache)).addAll(ASSETS);

const activate = async () => {
  // The files of the version before are those of kept pages. Versions between the two may have waited in vain.
  const others = (await caches.keys()).filter((name) => name.startsWith(FILES) && name !== fileCache);
  let former;
  for (const name of others) if (await (await caches.open(name)).match(USED)) former = name;
  for (const name of others) if (name !== former) await caches.delete(name);
  await (await caches.open(fileCache)).put(USED, new Response());
  await clients.claim();
};

const file = async (event) => {
  const { request } = event;
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  // A file of a later version, whose pages are kept by this one until that takes over.
  if (answer.ok) {
    const copy = answer.clone();
    event.waitUntil(quietly(caches.open(fileCache).then((cache) => cache.put(request, copy))));
  }
  return answer;
};

// A fragment of a task, for the pane, is another text than its page.
const keyOf = (url, isFragment) => {
  const key = new URL(url, location.origin);
  key.hash = "";
  if (isFragment) key.searchParams.set("fragment", "");
  return key.href;
};

const isFull = (error) => error?.name === "QuotaExceededError";

const trim = async (cache, most) => {
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(key);
};

const put = async (key, body, headers) => {
  const cache = await caches.open(PAGES + owner);
  const copy = () => new Response(body, { headers });
  try {
    await cache.put(key, copy());
  } catch (error) {
    if (!isFull(error)) throw error;
    // Room for one page is worth more than the oldest ones.
    await trim(cache, MOST_PAGES / 4);
    await cache.put(key, copy());
  }
  await trim(cache, MOST_PAGES);
};

// Keeps a page as it was answered, if it is one to read later. A page that cannot be kept is shown all the same.
const keep = async (answer, body, isFragment) => {
  const { pathname, search } = new URL(answer.url);
  const mark = answer.headers.get(OWNER);
  const isKept = isFragment ? TASK.test(pathname) && !search : !NOT_KEPT.test(pathname);
  if (!answer.ok || !isKept || mark !== owner || mark === NOBODY) return;
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length", "ETag"]) headers.delete(name);
  headers.set(COPIED, new Date().toISOString());
  headers.set(MADE_FOR, VERSION);
  await put(keyOf(answer.url, isFragment), body, headers);
};

const quietly = (promise) => promise.catch(() => null);

const isUsable = async (copy) => {
  if (!copy) return false;
  const isYoung = Date.now() - Date.parse(copy.headers.get(COPIED)) < MOST_AGE;
  return isYoung && caches.has(FILES + copy.headers.get(MADE_FOR));
};

const copyFor = async (key, options) => {
  const name = PAGES + (await ownerOf());
  if (!(await caches.has(name))) return null;
  const copy = await (await caches.open(name)).match(key, options);
  return (await isUsable(copy)) ? copy : null;
};

// The page says that it is a copy, and of which time.
const marked = async (copy, text) => {
  const at = copy.headers.get(COPIED);
  return new Response(text.replace("<body ", `<body data-copy="${at}" `), { headers: copy.headers });
};

// Returns the part of the page of a task that the pane shows.
const taskOf = (text) => text.slice(text.indexOf("<div id=\"task\""), text.indexOf("</main>"));

// Returns what is kept in place of an answer.
const stand = async (request) => {
  // The meaning of words while they are typed, which is missing, and no more.
  if (request.url.includes("/tasks/dates?")) return new Response("", { headers: { "Content-Type": "text/html" } });
  const isFragment = request.headers.has("HX-Request");
  const page = await copyFor(keyOf(request.url, false));
  const fragment = await copyFor(keyOf(request.url, true));
  if (isFragment) return fragment ?? (page && new Response(taskOf(await page.text()), { headers: page.headers }));
  if (page) return marked(page, await page.text());
  if (request.mode !== "navigate") return null;
  const { pathname } = new URL(request.url);
  // The script of the page reads what was shared from the address.
  const blank = pathname === "/tasks/new" && (await copyFor(keyOf("/tasks/new", false)));
  if (blank) return marked(blank, await blank.text());
  const shell = await copyFor(keyOf(SHELL, false));
  if (!shell) return null;
  const text = await shell.text();
  if (!fragment) return marked(shell, text);
  const content = await fragment.text();
  return marked(fragment, text.replace(/<!-- copy -->[^]*<!-- end -->/, () => content));
};

const page = async (event) => {
  const { request } = event;
  const isFragment = request.headers.has("HX-Request");
  let answer;
  try {
    answer = await fetch(request);
  } catch (error) {
    const copy = await stand(request);
    if (!copy) throw error;
    if (isFragment) await tell({ isOffline: true });
    return copy;
  }
  const mark = answer.headers.get(OWNER);
  if (mark) await quietly(belongTo(mark));
  if (!answer.headers.get("Content-Type")?.startsWith("text/html")) return answer;
  const copy = answer.clone();
  event.waitUntil(quietly(copy.text().then((text) => keep(copy, text, isFragment))));
  return answer;
};

// Reads pages that a browser did not get through this script: the first one of all, and those it needs later.
const read = async (paths) => {
  for (const path of paths) {
    const answer = await fetch(path, { headers: { Accept: "text/html" } });
    const mark = answer.headers.get(OWNER);
    if (mark) await belongTo(mark);
    await keep(answer, await answer.text(), false);
  }
};

const tell = async (state) => {
  for (const client of await clients.matchAll()) client.postMessage(state);
};

const reaches = async () => {
  const answer = await quietly(fetch("/health/live"));
  return Boolean(answer?.ok);
};

// Changes that cannot be sent wait in a database, in order, and are sent again under the same key. The server carries
// out each key once.

const CHANGES = /^\/tasks\/(quick|[0-9a-f-]{36}(\/completion)?)$/;
const ADDS = "/tasks/quick";
// The server forgets keys after a day.
const KEYS_LAST = 23 * 3_600_000;
const DOUBTFUL = "doubtful";
// Answers of a proxy whose server cannot be reached, and of a server that has too much to do.
const UNREACHED = [502, 504];
const LATER = [408, 429, 503, 507];

const promised = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const database = () => {
  const request = indexedDB.open("docket", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("changes", { keyPath: "id", autoIncrement: true });
  return promised(request);
};

// Resolves to the result when it is stored for good.
const withChanges = async (mode, act) => {
  const opened = await database();
  try {
    const transaction = opened.transaction("changes", mode, { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([promised(act(transaction.objectStore("changes"))), done]);
    return result;
  } finally {
    opened.close();
  }
};

const save = (item) => withChanges("readwrite", (store) => store.put(item));
const remove = (id) => withChanges("readwrite", (store) => store.delete(id));

const all = async () => {
  const mark = await ownerOf();
  return (await withChanges("readonly", (store) => store.getAll())).filter(({ user }) => user === mark);
};

const waiting = async () => (await all()).filter(({ refused }) => !refused);

const forgetOthers = async () => {
  const items = await withChanges("readonly", (store) => store.getAll());
  for (const { id, user } of items) if (user !== owner) await remove(id);
};

const send = async (item) => {
  const headers = new Headers(item.headers);
  headers.set("Idempotency-Key", item.key);
  headers.set(OWNER, item.user);
  if (item.id) headers.set("Docket-Waited", Math.max(0, Math.round((Date.now() - item.at) / 1000)));
  const answer = await fetch(item.path, { method: "POST", headers, body: item.body, redirect: item.redirect });
  if (UNREACHED.includes(answer.status)) throw new TypeError(`The server behind the proxy: ${answer.status}`);
  return answer;
};

const DIGEST = /data-notes-tag="([^"]*)"/;
const SHOWN = ["title", "description", "priority", "due"];

// Returns what the page of a task shows of a field, by the answer to a change of it.
const shownIn = (name, fields, html) => {
  if (name === "title") return fields.get("title");
  const pattern = name === "description" ? DIGEST : new RegExp(`name="${name}_shown" value="([^"]*)"`);
  return pattern.exec(html)?.[1];
};

// Bases later changes of the same fields on this one.
const rebase = async (sent, html) => {
  const fields = new URLSearchParams(sent.body);
  for (const item of await waiting()) {
    const others = new URLSearchParams(item.body);
    for (const name of item.path === sent.path ? SHOWN : []) {
      const shown = `${name}_shown`;
      const now = others.has(shown) && others.get(shown) === fields.get(shown) ? shownIn(name, fields, html) : null;
      if (now != null) others.set(shown, now);
    }
    const body = others.toString();
    if (body !== item.body) await save({ ...item, body });
  }
};

const isDoubtful = ({ path, tried }) => path === ADDS && tried && Date.now() - tried > KEYS_LAST;

// Sends what waits, one after the other, until something cannot be sent. Resolves to the answers by number.
const sendAll = () => navigator.locks.request("docket-changes", async () => {
  const answers = new Map();
  const state = { isOffline: false, isSignedOut: false, sent: 0 };
  if ((await waiting()).length && !(await reaches())) state.isOffline = true;
  while (!state.isOffline) {
    const [item] = await waiting();
    if (!item) break;
    if (isDoubtful(item)) {
      await save({ ...item, refused: DOUBTFUL });
      continue;
    }
    // Before it is sent: this script may end before the answer.
    item.tried ??= Date.now();
    await save(item);
    const answer = await quietly(send(item));
    if (!answer) {
      state.isOffline = true;
      break;
    }
    state.isSignedOut = answer.status === 401;
    if (state.isSignedOut || LATER.includes(answer.status)) break;
    const html = answer.type === "opaqueredirect" ? "" : await answer.clone().text();
    if (answer.ok || answer.type === "opaqueredirect") {
      await remove(item.id);
      await rebase(item, html);
      state.sent += 1;
    } else {
      await save({ ...item, refused: String(answer.status), answer: html.slice(0, 100_000) });
    }
    answers.set(item.id, answer);
  }
  await tell({ ...state, changes: await all() });
  return answers;
});

// The text is that of the page that stands in for others, which has it in the language of the user.
const notStored = async (isFragment) => {
  const shell = await copyFor(keyOf(SHELL, false));
  const text = shell && /<template id="offline-full">([^]*?)<\/template>/.exec(await shell.text())?.[1];
  const headers = { "Content-Type": "text/html; charset=utf-8", "HX-Retarget": "#toast", "HX-Reswap": "innerHTML" };
  const notice = text ?? "<p role=\"alert\">The browser has no room left. Nothing was changed.</p>";
  return new Response(isFragment ? notice : `<main>${notice}</main>`, { status: 507, headers });
};

const WAITS = { status: 202, headers: { "HX-Reswap": "none" } };

const postpone = async (item, isFragment) => {
  let id;
  try {
    id = await save(item);
  } catch {
    return notStored(isFragment);
  }
  await quietly(registration.sync?.register("docket-changes") ?? Promise.resolve());
  return { id };
};

// The headers that the answer depends on.
const kindOf = (request) => [...request.headers].filter(([name]) => /^(hx-|accept$|content-type$)/.test(name));

// Sends a change of a page, after those that wait. If it cannot be sent, it waits.
const change = async (request) => {
  const { pathname, search } = new URL(request.url);
  const user = await ownerOf();
  const title = decodeURIComponent(request.headers.get("Docket-Title") ?? "");
  const item = {
    key: crypto.randomUUID(), user, title, path: pathname + search, at: Date.now(), redirect: request.redirect,
    headers: kindOf(request), body: await request.text(),
  };
  const queue = await waiting().catch(() => []);
  if (!queue.length || user === NOBODY) {
    try {
      return await send(item);
    } catch (error) {
      if (user === NOBODY) throw error;
      item.tried = navigator.onLine ? Date.now() : null;
    }
  }
  const kept = await postpone(item, request.headers.has("HX-Request"));
  if (kept instanceof Response) return kept;
  if (queue.length) {
    const answer = (await sendAll()).get(kept.id);
    if (answer) return answer;
  } else {
    await tell({ isOffline: true, changes: await all() });
  }
  return new Response(null, WAITS);
};

// Sends a change that was refused once more, whatever it was based on.
const again = async (id) => {
  const item = (await all()).find((each) => each.id === id);
  if (!item) return;
  const fields = new URLSearchParams(item.body);
  for (const name of SHOWN) fields.delete(`${name}_shown`);
  if (item.path === ADDS) fields.set("create_missing", "true");
  const { refused, answer, ...rest } = item;
  await save({ ...rest, body: fields.toString(), key: crypto.randomUUID(), tried: null });
  await sendAll();
};

const ACTIONS = {
  // A page was loaded. Most often there is nothing to say.
  hello: async () => {
    const items = await all();
    if (items.some(({ refused }) => !refused)) await sendAll();
    else if (items.length) await tell({ changes: items });
  },
  leave: async () => {
    left = true;
    owner = NOBODY;
  },
  discard: async ({ id }) => {
    await remove(id);
    await tell({ changes: await all() });
  },
  again: ({ id }) => again(id),

  // Sends what waits, and says to all pages whether the server can be reached.
  try: async () => ((await waiting()).length ? sendAll() : tell({ isOffline: !(await reaches()), changes: await all() })),

  // A page that was loaded without this script.
  visited: ({ path }) => read([path, ...NEEDED]),
};

// The browser tries again if this fails.
const synchronize = async () => {
  await sendAll();
  if ((await waiting()).length) throw new Error("Changes wait.");
};

addEventListener("sync", (event) => event.waitUntil(synchronize()));
addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", (event) => {
  const act = ACTIONS[event.data?.type];
  if (act) event.waitUntil(quietly(act(event.data)));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  // Not the forms that load a page: to send them from here would lend the rights of this origin to other sites.
  if (request.method === "POST" && request.mode !== "navigate" && CHANGES.test(pathname)) event.respondWith(change(request));
  if (request.method !== "GET") return;
  if (pathname.startsWith("/static/")) event.respondWith(file(event));
  else if (!/^\/(api|health|sw\.js)/.test(pathname) && request.headers.get("Accept") !== "text/event-stream") event.respondWith(page(event));
});
