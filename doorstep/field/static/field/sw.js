// Keeps the app on the phone, so that it starts without a net. What it keeps, by address and digest,
// stands before this text (field/app.py): a file whose bytes are not the listed ones is not taken,
// and then the old version stays whole. A new version waits until the worker asks for it or no page
// of the old one is open. Refuses to keep anything of /field/v1/.

/** @type {ServiceWorkerGlobalScope & { doorstep: { version: string,
 *   files: Record<string, string>, later: Record<string, string> } }} */
const worker = /** @type {any} */ (self);
const { version, files, later } = worker.doorstep;
const CACHE = `field-${version}`;

/** @param {string} path @param {string} digest */
async function keep(path, digest) {
  const cache = await caches.open(CACHE);
  if (await cache.match(path, { ignoreVary: true })) return;
  const asked = new Request(path, { integrity: digest, cache: "no-cache", credentials: "omit" });
  const answer = await fetch(asked);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  await cache.put(path, answer);
}

worker.addEventListener("install", (event) => {
  event.waitUntil(Promise.all(Object.entries(files).map(([path, digest]) => keep(path, digest))));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("field-") && name !== CACHE) await caches.delete(name);
    }
    await worker.clients.claim();
  })());
});

worker.addEventListener("message", (event) => {
  if (event.data === "go on") worker.skipWaiting();
  // without a net this fails, and is asked for again at the next start
  if (event.data === "later") {
    const all = Object.entries(later).map(([path, digest]) => keep(path, digest).catch(() => null));
    event.waitUntil(Promise.all(all));
  }
});

worker.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (!(pathname in files) && !(pathname in later)) return;
  event.respondWith((async () => {
    const cache = await caches.open(CACHE);
    return (await cache.match(pathname, { ignoreVary: true })) ?? fetch(event.request);
  })());
});
