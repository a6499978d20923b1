// The small card beside a door: its name at once, the household (masked) a moment later.
// Refuses to ask for a household somebody only passes over.

const PATIENCE = 220; // ms on a door before its household is asked for
const MOST_KEPT = 200;

export class Card {
  /**
   * @param {HTMLElement} root
   * @param {string} address with DOOR in place of the door's id
   */
  constructor(root, address) {
    this.root = root;
    this.address = address;
    this.head = /** @type {HTMLElement} */ (root.querySelector("h2"));
    this.body = /** @type {HTMLElement} */ (root.querySelector("div"));
    this.door = "";
    this.waiting = 0;
    /** @type {Map<string, string>} */
    this.kept = new Map();
    root.addEventListener("pointerleave", () => this.hide());
  }

  /**
   * @param {string} door
   * @param {string} name
   * @param {{ x: number, y: number, w: number, h: number }} box on the stage
   * @param {boolean} soon
   */
  show(door, name, box, soon) {
    this.door = door;
    this.head.textContent = name;
    this.body.innerHTML = this.kept.get(door) ?? "";
    this.root.hidden = false;
    this.place(box);
    clearTimeout(this.waiting);
    if (this.kept.has(door)) return;
    this.waiting = window.setTimeout(() => void this.fill(door, box), soon ? 60 : PATIENCE);
  }

  /**
   * @param {string} door
   * @param {{ x: number, y: number, w: number, h: number }} box
   */
  async fill(door, box) {
    const answer = await fetch(this.address.replace("DOOR", door), {
      headers: { "HX-Request": "true" }, credentials: "same-origin",
    }).catch(() => null);
    if (!answer?.ok) return;
    const text = await answer.text();
    if (this.kept.size > MOST_KEPT) this.kept.clear();
    this.kept.set(door, text);
    if (this.door !== door || this.root.hidden) return;
    this.body.innerHTML = text;
    this.place(box);
  }

  /** What was fetched is old. */
  forget() {
    this.kept.clear();
  }

  /** @param {{ x: number, y: number, w: number, h: number }} box */
  place(box) {
    const stage = this.root.parentElement;
    if (!stage) return;
    const { offsetWidth: wide, offsetHeight: tall } = this.root;
    const right = box.x + box.w + 10;
    const x = right + wide < stage.clientWidth ? right : Math.max(4, box.x - wide - 10);
    const y = Math.min(Math.max(4, box.y - 12), Math.max(4, stage.clientHeight - tall - 4));
    this.root.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  hide() {
    clearTimeout(this.waiting);
    this.door = "";
    this.root.hidden = true;
  }
}
