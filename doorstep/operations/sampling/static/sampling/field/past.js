// The tubes this phone has closed: who is in each, and a way to take a swab back after all, which is
// an entry of its own. Drawn only while it is open, so that a scan costs the same however many there
// are. Refuses to change the number a tube was closed with: it was counted by eye.

import { button, fill, h } from "../../field/dom.js";
import { figure, sayCode, t } from "../../field/words.js";

/**
 * @param {import("./work.js").Work} work
 * @param {(swab: import("./day.js").Swab, tube: string) => unknown} takeBack
 * @returns {{ element: HTMLElement, draw: (round: string) => void }}
 */
export function makePast(work, takeBack) {
  let round = "";
  let drawn = -1;
  /** @type {Set<string>} tubes whose people are shown */
  const shown = new Set();
  const summary = h("summary");
  const list = h("div", { class: "past__tubes" });
  const closed = () => [...work.day.tubes.values()].filter(
    (tube) => tube.round === round && (tube.isClosed || tube.boxes.size)).reverse();

  /** @param {import("./day.js").Tube} tube */
  const rowOf = (tube) => {
    const people = h("ol", { class: "tube__people" });
    const row = h("details", { class: "past", open: shown.has(tube.code), ontoggle: () => {
      if (row.open === shown.has(tube.code)) return; // drawn so: a finger may be on a button of it
      if (row.open) shown.add(tube.code);
      else shown.delete(tube.code);
      drawPeople();
    } },
    h("summary", {}, h("span", {}, h("b", {}, tube.code), ` · ${sayTube(tube)}`)), people);
    const drawPeople = () => fill(people, row.open && [...tube.swabs.values()].map((swab) =>
      personOf(work, swab, () => takeBack(swab, tube.code))));
    drawPeople();
    return row;
  };
  const fillList = () => fill(list, element.open && closed().map(rowOf));
  const element = h("details", { class: "past", hidden: true, ontoggle: fillList }, summary, list);
  return {
    element,
    draw: (now) => {
      round = now;
      const count = closed().length;
      if (count !== drawn) fill(summary, t("Closed tubes: {n}", { n: figure(count) }));
      drawn = count;
      element.hidden = !count;
      if (element.open) fillList();
    },
  };
}

/** @param {import("./day.js").Tube} tube */
function sayTube(tube) {
  const people = t("People: {n}", { n: figure(tube.people.size) });
  const [box] = tube.boxes;
  return box ? `${people} · ${t("Box {code}", { code: box })}` : people;
}

/** A person in a tube, with what is odd and a way back.
 *  @param {import("./work.js").Work} work @param {import("./day.js").Swab} swab
 *  @param {() => unknown} takeBack */
export function personOf(work, swab, takeBack) {
  const { name, label } = work.person(swab.person);
  const codes = work.codesOf(swab);
  return h("li", { class: codes.length ? "tube__person tube__person--odd" : "tube__person" },
    h("span", {}, h("b", {}, name), ` ${label}`, codes.map((code) => h("small", {}, sayCode(code)))),
    button(t("Take back"), takeBack, { kind: "quiet" }));
}
