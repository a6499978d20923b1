// The phone's own disk: one IndexedDB, opened once, and promises around it. Writes are durable when
// their promise resolves ("strict": the browser has flushed them). Refuses to half-write: whatever
// fails inside a write undoes all of it.
//
// own     what there is one of: device, enrolling, last, answered, forgotten, pins, settings
// outbox  the lines by number
// vault   the sealed snapshot

const NAME = "doorstep-field";
const STORES = ["own", "vault"];

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
export function ask(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {string} [name] @returns {Promise<Base>} */
export function openBase(name = NAME) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store);
      request.result.createObjectStore("outbox", { keyPath: "n" });
    };
    request.onsuccess = () => resolve(new Base(request.result));
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("BLOCKED"));
  });
}

export class Base {
  /** @param {IDBDatabase} disk */
  constructor(disk) {
    this.disk = disk;
    disk.onversionchange = () => disk.close(); // a newer page wants it otherwise
  }

  /** @param {string} store @param {IDBValidKey} key @returns {Promise<any>} */
  get(store, key) {
    return ask(this.disk.transaction(store).objectStore(store).get(key));
  }

  /** @param {string} store @param {IDBKeyRange} [range] @param {number} [most]
   *  @returns {Promise<any[]>} in the order of their keys */
  getAll(store, range, most) {
    return ask(this.disk.transaction(store).objectStore(store).getAll(range, most));
  }

  /**
   * One durable write over several stores. `work` may await nothing but requests of its own
   * transaction; what it returns is resolved once all of it is on disk.
   * @template T
   * @param {string[]} stores
   * @param {(store: (name: string) => IDBObjectStore) => Promise<T> | T} work
   * @returns {Promise<T>}
   */
  write(stores, work) {
    return new Promise((resolve, reject) => {
      const writing = this.disk.transaction(stores, "readwrite", { durability: "strict" });
      /** @type {unknown} */
      let problem = null;
      /** @type {T} */
      let result;
      writing.oncomplete = () => resolve(result);
      writing.onabort = () => reject(problem ?? writing.error);
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

  close() {
    this.disk.close();
  }
}

/** Whether a write failed because the phone has no room. @param {unknown} error */
export function isFull(error) {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}
