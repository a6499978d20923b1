// The phone's own disk: one IndexedDB and promises around it. Writes are durable when their promise
// resolves ("strict": the browser has flushed them). Refuses to half-write: whatever fails inside a
// write undoes all of it; and to begin one where the phone has no room to spare.
//
// Chromium keeps an IndexedDB as a log. A record of which only the first part found room stays in it;
// what is written once there is room again stands behind it, and when the disk is next opened the log
// passes for spoilt and everything is thrown away. So room is looked for before each write, in a cache,
// which a full disk does no harm (a site's own files it does: the browser ends). Where there is none
// all the same the browser closes the disk under the page: it is opened anew at the next use.
//
// own     what there is one of: device, enrolling, last, answered, forgotten, pins, notes_key, rounds
// outbox  the lines by number
// notes   what was noted of people, sealed to the server, by digest: until the server has it
// vault   the sealed snapshot

const NAME = "doorstep-field";
const VERSION = 2;
/** @type {Record<string, string | undefined>} stores, and what their rows are found by */
const STORES = { own: undefined, vault: undefined, outbox: "n", notes: "digest" };
const ROOM = "room"; // where room is looked for
const SPARE = new Uint8Array(1 << 19); // what must find room: twice what the largest write takes

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
export function ask(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @returns {Promise<Base>} */
export async function openBase() {
  return new Base(await openDisk());
}

/** @returns {Promise<IDBDatabase>} */
function openDisk() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const there = request.result.objectStoreNames;
      for (const [store, keyPath] of Object.entries(STORES)) {
        if (!there.contains(store)) request.result.createObjectStore(store, keyPath ? { keyPath } : {});
      }
    };
    request.onsuccess = () => {
      const disk = request.result;
      disk.onversionchange = () => disk.close(); // a newer page wants it otherwise
      resolve(disk);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("BLOCKED"));
  });
}

/** Whether so many bytes as must be to spare find room. They are let go again. */
async function hasRoom() {
  let cache;
  try {
    cache = await caches.open(ROOM);
  } catch { // a browser without: the write itself will tell
    return true;
  }
  try {
    await cache.put(ROOM, new Response(SPARE));
    await cache.delete(ROOM);
    return true;
  } catch { // of a full disk Chromium says this and that, and not that it is full
    return false;
  }
}

export class Base {
  /** @param {IDBDatabase} disk */
  constructor(disk) {
    this.disk = disk;
    /** What a disk without room said, until it takes something again. @type {unknown} */
    this.full = null;
  }

  /** Refuse to go on where the phone has no room to spare. */
  async findRoom() {
    if (await hasRoom()) return;
    this.full = new DOMException("no room to spare", "QuotaExceededError");
    throw this.full;
  }

  /** @param {string[]} stores @param {IDBTransactionMode} [mode] @param {IDBTransactionOptions} [options]
   *  @returns {Promise<IDBTransaction>} on a disk that is open */
  async begin(stores, mode, options) {
    try {
      return this.disk.transaction(stores, mode, options);
    } catch (problem) {
      if (!(problem instanceof DOMException && problem.name === "InvalidStateError")) throw problem;
      this.disk = await openDisk().catch((shut) => { throw this.full ?? shut; });
      return this.disk.transaction(stores, mode, options);
    }
  }

  /** @param {string} store @param {IDBValidKey} key @returns {Promise<any>} */
  async get(store, key) {
    return ask((await this.begin([store])).objectStore(store).get(key));
  }

  /** @param {string} store @param {IDBKeyRange} [range] @param {number} [most]
   *  @returns {Promise<any[]>} in the order of their keys */
  async getAll(store, range, most) {
    return ask((await this.begin([store])).objectStore(store).getAll(range, most));
  }

  /**
   * One durable write over several stores. `work` may await nothing but requests of its own
   * transaction; what it returns is resolved once all of it is on disk.
   * @template T
   * @param {string[]} stores
   * @param {(store: (name: string) => IDBObjectStore) => Promise<T> | T} work
   * @returns {Promise<T>}
   */
  async write(stores, work) {
    await this.findRoom();
    const writing = await this.begin(stores, "readwrite", { durability: "strict" });
    return new Promise((resolve, reject) => {
      /** @type {unknown} */
      let problem = null;
      /** @type {T} */
      let result;
      writing.oncomplete = () => {
        this.full = null;
        resolve(result);
      };
      writing.onabort = () => {
        problem ??= writing.error;
        if (isFull(problem)) this.full = problem;
        reject(problem);
      };
      Promise.resolve()
        .then(() => work((name) => writing.objectStore(name)))
        .then((value) => { result = value; })
        .catch((error) => {
          problem = error;
          try {
            writing.abort();
          } catch { // it has failed by itself already
            reject(error);
          }
        });
    });
  }

  /** @param {string} store @param {IDBValidKey} key @param {any} value */
  put(store, key, value) {
    return this.write([store], (named) => { named(store).put(value, key); });
  }
}

/** Whether a write failed because the phone has no room: by the standard's name, or as Chromium says
 *  it of the disk. @param {unknown} error */
export function isFull(error) {
  return error instanceof DOMException
    && (error.name === "QuotaExceededError" || error.message.includes("NO_SPACE"));
}
