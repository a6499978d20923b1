// The lines of this phone, append only: numbered without gaps, chained, on disk before anybody is
// told that they are kept. Many may ask at once; they are written in order, in one write together,
// each with the note that it names. Refuses to change or take out a line or a note that no verified
// backup holds, and to go on from a number or head that is not the one on disk.

import { firstHead, fromHex, isSame, nextHead, encode, decode } from "./chain.js";
import { ask } from "./base.js";

/** @typedef {import("./chain.js").Bytes} Bytes */
/** @typedef {{ n: number, head: Bytes }} Point how far a chain is */
/** @typedef {{ n: number, id: string, line: Bytes, head: Bytes, at: number, answer: string | null,
 *   codes: string[] }} Line on disk; `at`: when it was kept, ms of this phone's clock */
/** @typedef {{ n: number, id: string, kind: string, at: string, by: string, place?: string,
 *   [field: string]: any }} Said what a line says, with its number */
/** @typedef {{ answer: string | null, codes: string[] }} Word */
/** @typedef {{ through: number, safe: number, contact: number | null, offset: number,
 *   trouble: string | null, aside: number }} Answered how far the server is; `contact`: ms of this
 *   phone's clock, `offset`: ms it is ahead, `aside`: up to there a revoked device was answered */
/** @typedef {{ device: string, cell: string, zone: string, role: string, place: string | null,
 *   alg: "ed25519" | "p256", publicKey: string, privateKey: CryptoKey }} Device */
/** @typedef {{ digest: string, body: Bytes, n: number, had?: number | null }} Note what was noted of
 *   somebody, sealed; `n`: the line that names it; `had`: the last line of this phone when the server
 *   said that it has the note, so that a backup with a later line has the note too */

const MOST_AT_ONCE = 200; // lines in one write
/** @type {Answered} */
export const UNANSWERED = { through: 0, safe: 0, contact: null, offset: 0, trouble: null, aside: 0 };

class Moved extends Error {}

export class Outbox {
  /**
   * @param {import("./base.js").Base} base @param {Point} last @param {Point} forgotten
   * @param {Answered} answered
   */
  constructor(base, last, forgotten, answered) {
    this.base = base;
    this.last = last;
    this.forgotten = forgotten;
    this.answered = answered;
    this.stopped = false;
    /** What the server said of lines that it named. @type {Map<number, Word>} */
    this.named = new Map();
    this.said = 0; // grows with every word of the server on a line
    /** Told of lines that another page of this phone has written meanwhile.
     *  @type {(lines: Line[]) => void} */
    this.missed = () => {};
    this.notes = 0; // that the server has not yet
    /** @type {{ entry: { id: string }, note?: Omit<Note, "n">, resolve: (kept: { n: number, id: string }) => void,
     *   reject: (problem: unknown) => void }[]} */
    this.queue = [];
    /** @type {Promise<unknown>} */
    this.turn = Promise.resolve();
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** The outbox as it lies on disk. @param {import("./base.js").Base} base */
  static async open(base) {
    const [last, forgotten, answered] = await Promise.all(
      ["last", "forgotten", "answered"].map((key) => base.get("own", key)),
    );
    const outbox = new Outbox(base, last, forgotten, { ...UNANSWERED, ...answered });
    outbox.named = findNamed(await outbox.list(0));
    outbox.notes = (await outbox.listNotes()).length;
    return outbox;
  }

  /** @param {() => void} listener @returns {() => void} stops listening */
  onChange(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell() {
    for (const listener of this.listeners) listener();
  }

  /**
   * Keep one entry, written as it is. Resolves when it is on disk.
   * @param {{ id: string, [field: string]: any }} entry
   * @param {Omit<Note, "n">} [note] what the entry names, on disk in the same write
   * @returns {Promise<{ n: number, id: string }>}
   */
  append(entry, note) {
    if (this.stopped) return Promise.reject(new Error("NOT_THE_WRITER"));
    return new Promise((resolve, reject) => {
      this.queue.push({ entry, note, resolve, reject });
      if (this.queue.length === 1) this.inTurn(() => this.drain());
    });
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} one after the other */
  inTurn(work) {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => null);
    return mine;
  }

  async drain() {
    while (this.queue.length) {
      const batch = this.queue.slice(0, MOST_AT_ONCE);
      try {
        const kept = await this.keep(batch);
        batch.forEach(({ resolve }, at) => resolve(/** @type {Line} */ (kept[at])));
      } catch (problem) {
        for (const { reject } of batch) reject(problem);
      }
      this.queue.splice(0, batch.length);
    }
    setTimeout(() => this.tell()); // once whoever waited for a line has it
  }

  /** @param {{ entry: { id: string }, note?: Omit<Note, "n"> }[]} batch @returns {Promise<Line[]>} */
  async keep(batch) {
    for (;;) {
      const lines = batch.map(({ entry }) => ({ id: entry.id, line: encode(JSON.stringify(entry)) }));
      const [made, last] = await follow(this.last, lines);
      try {
        await this.base.write(["own", "outbox", "notes"], async (store) => {
          if (this.stopped) throw new Error("NOT_THE_WRITER");
          const there = /** @type {Point} */ (await ask(store("own").get("last")));
          if (there.n !== this.last.n || !isSame(there.head, this.last.head)) throw new Moved();
          for (const line of made) store("outbox").add(line);
          for (const [note, n] of notes(batch, made)) store("notes").put({ ...note, n });
          store("own").put(last, "last");
        });
      } catch (problem) {
        if (!(problem instanceof Moved)) throw problem;
        const { n } = this.last;
        this.last = await this.base.get("own", "last"); // a page that was the writer had one more
        this.missed(await this.list(n + 1));
        continue;
      }
      this.last = last;
      this.notes += notes(batch, made).length;
      return made;
    }
  }

  /** Lines and notes that the server has not yet. */
  get waiting() {
    return this.last.n - this.answered.through + this.notes;
  }

  /** Notes that the server has not yet. @returns {Promise<Note[]>} */
  async listNotes() {
    const found = /** @type {Note[]} */ (await this.base.getAll("notes"));
    return found.filter(isUnsent).sort((one, other) => one.n - other.n);
  }

  /** The server has a note; it stays here until a backup has it. @param {Note} note */
  async markNote(note) {
    await this.inTurn(async () => {
      await this.base.write(["notes"], (store) => { store("notes").put({ ...note, had: this.last.n }); });
      this.notes -= 1;
    });
    this.tell();
  }

  /** This tab is no longer the writer: what is not on disk yet is refused. */
  stop() {
    this.stopped = true;
  }

  /** What the server said of line n; `answer` is null while it said nothing. @param {number} n
   *  @returns {Word} */
  wordOn(n) {
    const plain = { answer: n <= this.answered.through ? "kept" : null, codes: [] };
    const named = this.named.get(n);
    return named ? { answer: named.answer ?? plain.answer, codes: named.codes } : plain;
  }

  /** The head after line n; null when it is forgotten, undefined when there is no such line yet.
   *  @param {number} n @returns {Promise<Bytes | null | undefined>} */
  async headAt(n) {
    if (n > this.last.n) return undefined;
    if (n === this.last.n) return this.last.head;
    if (n === this.forgotten.n) return this.forgotten.head;
    return (await this.base.get("outbox", n))?.head ?? null;
  }

  /** Lines from number `first` on. @param {number} first @param {number} [most]
   *  @returns {Promise<Line[]>} */
  list(first, most) {
    return this.base.getAll("outbox", IDBKeyRange.lowerBound(first), most);
  }

  /**
   * Take down what the server answered.
   * @param {Partial<Answered>} answered
   * @param {{ n: number, answer?: string, codes: string[] }[]} [lines] those it named
   * @param {number} [sweep] up to there codes that are not named are over
   */
  async takeDown(answered, lines = [], sweep = 0) {
    await this.inTurn(async () => {
      const now = { ...this.answered, ...answered };
      const said = new Map(lines.map(({ n, answer, codes }) =>
        [n, { answer: answer ?? this.named.get(n)?.answer ?? null, codes }]));
      for (const [n, { answer, codes }] of this.named) {
        if (n <= sweep && codes.length && !said.has(n)) said.set(n, { answer, codes: [] });
      }
      const again = await this.base.write(["own", "outbox", "notes"], async (store) => {
        for (const [n, word] of said) {
          const line = await ask(store("outbox").get(n));
          if (line) store("outbox").put({ ...line, ...word });
        }
        store("own").put(now, "answered");
        return this.sortNotes(store("notes"), now);
      });
      this.notes += again;
      for (const [n, word] of said) this.named.set(n, word);
      if (said.size || now.through !== this.answered.through) this.said += 1;
      this.answered = now;
    });
    this.tell();
  }

  /** Notes that the server's word changes: what a backup has goes, what a restored server may lack
   *  is to be sent again. @param {IDBObjectStore} store @param {Answered} now
   *  @returns {Promise<number>} how many are to be sent again */
  async sortNotes(store, now) {
    const restored = now.through < this.answered.through;
    if (!restored && now.safe === this.answered.safe) return 0;
    let again = 0;
    for (const note of /** @type {Note[]} */ (await ask(store.getAll()))) {
      if (isUnsent(note)) continue;
      const had = Number(note.had);
      if (now.safe > had) store.delete(note.digest);
      else if (restored && had >= now.through) {
        store.put({ ...note, had: null });
        again += 1;
      }
    }
    return again;
  }

  /** Forget lines that a verified backup holds and that were kept before a moment (ms).
   *  @param {number} before */
  async forget(before) {
    await this.inTurn(async () => {
      const held = Math.min(this.answered.safe, this.answered.through);
      if (held <= this.forgotten.n) return;
      const lines = await this.base.getAll("outbox", IDBKeyRange.upperBound(held));
      const end = lines.findIndex((line) => line.at >= before);
      const gone = end < 0 ? lines.at(-1) : lines[end - 1];
      if (!gone) return;
      const forgotten = { n: gone.n, head: gone.head };
      await this.base.write(["own", "outbox"], (store) => {
        store("outbox").delete(IDBKeyRange.upperBound(gone.n));
        store("own").put(forgotten, "forgotten");
      });
      this.forgotten = forgotten;
      for (const n of this.named.keys()) if (n <= gone.n) this.named.delete(n);
    });
    this.tell();
  }

  /**
   * Go on as another device (docs/sync.md, Enrol): its chain begins anew, with every line that is
   * still here, byte for byte. One write: a crash leaves the old device or the new one.
   * @param {Device} device
   */
  async become(device) {
    await this.inTurn(async () => {
      const start = await startOf(device);
      const before = await this.base.getAll("outbox");
      const [made, last] = await follow(start, before);
      const renumbered = new Map(made.map(({ n }, at) => [before[at].n, n]));
      const kept = /** @type {Note[]} */ (await this.base.getAll("notes"));
      await this.base.write(["own", "outbox", "notes"], (store) => {
        writeStart(store, device, start, last);
        store("outbox").clear();
        for (const line of made) store("outbox").add(line);
        // of a line that a backup holds and the phone has forgotten: no need to wait for it
        for (const note of kept) store("notes").put({ ...note, n: renumbered.get(note.n) ?? 0, had: null });
      });
      this.notes = kept.length;
      Object.assign(this, { last, forgotten: start, answered: UNANSWERED, stopped: false });
      this.named.clear();
      this.said += 1;
    });
    this.tell();
  }
}

/** @param {Device} device @returns {Promise<Point>} */
async function startOf(device) {
  return { n: 0, head: await firstHead(device.cell, device.device, fromHex(device.publicKey)) };
}

/** @param {(name: string) => IDBObjectStore} store @param {Device} device @param {Point} start
 *  @param {Point} last */
function writeStart(store, device, start, last) {
  store("own").put(device, "device");
  store("own").put(last, "last");
  store("own").put(start, "forgotten");
  store("own").put(UNANSWERED, "answered");
}

/** The first device of this phone. @param {import("./base.js").Base} base @param {Device} device */
export async function begin(base, device) {
  const start = await startOf(device);
  await base.write(["own", "outbox"], (store) => writeStart(store, device, start, start));
  return Outbox.open(base);
}

/**
 * Lines that follow a point, numbered and chained.
 * @param {Point} point @param {{ id: string, line: Bytes, at?: number }[]} lines
 * @returns {Promise<[Line[], Point]>}
 */
async function follow(point, lines) {
  let { n, head } = point;
  const made = [];
  for (const { id, line, at = Date.now() } of lines) {
    n += 1;
    head = await nextHead(head, line);
    made.push({ n, id, line, head, at, answer: null, codes: [] });
  }
  return [made, { n, head }];
}

/** The notes of a batch, each with the number of its line.
 *  @param {{ note?: Omit<Note, "n"> }[]} batch @param {Line[]} made
 *  @returns {[Omit<Note, "n">, number][]} */
function notes(batch, made) {
  return batch.flatMap(({ note }, at) => (note ? [[note, /** @type {Line} */ (made[at]).n]] : []));
}

/** @param {Note} note */
function isUnsent({ had }) {
  return had === undefined || had === null;
}

/** @param {Line[]} lines @returns {Map<number, Word>} */
function findNamed(lines) {
  const named = lines.filter(({ answer, codes }) => answer !== null || codes.length);
  return new Map(named.map(({ n, answer, codes }) => [n, { answer, codes }]));
}

/** What a line says, with its number. @param {Line} line @returns {Said} */
export function read(line) {
  return { ...JSON.parse(decode(line.line)), n: line.n };
}
