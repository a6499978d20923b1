// The curve of a round: how many were done by when, what is to be done drawn behind it. Labelled on
// the lines; as a table, a picture and a file for a spreadsheet beside it.

import { isNight } from "../face/appearance.js";

/** @typedef {{ due: number, done_text: string, due_text: string, points: [string, number][] }} Curve */

/** @param {string} name */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** @param {Curve} curve */
function optionOf(curve) {
  const ink = colour("--ink");
  const quiet = colour("--quiet");
  const font = getComputedStyle(document.body).fontFamily;
  const last = curve.points.at(-1);
  return {
    animation: false,
    textStyle: { fontFamily: font, color: quiet },
    grid: { left: 8, right: 130, top: 24, bottom: 8, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (/** @type {number} */ v) => v.toLocaleString("en") },
    xAxis: { type: "time", axisLine: { lineStyle: { color: quiet } }, axisLabel: { color: quiet, hideOverlap: true, formatter: "{HH}:{mm}" }, splitLine: { show: false } },
    yAxis: { type: "value", max: Math.max(curve.due, last?.[1] ?? 0), splitNumber: 4, axisLabel: { color: quiet }, splitLine: { lineStyle: { color: colour("--line") } } },
    series: [{
      type: "line", name: curve.done_text, data: curve.points, showSymbol: false, lineStyle: { width: 2.5, color: colour("--done") },
      itemStyle: { color: colour("--done") }, areaStyle: { color: colour("--done-wash") },
      endLabel: { show: true, formatter: () => `${(last?.[1] ?? 0).toLocaleString("en")} ${curve.done_text}`, color: colour("--done"), fontSize: 14, fontWeight: 600 },
      markLine: {
        silent: true, symbol: "none", lineStyle: { color: ink, type: "solid", width: 1 },
        // at its beginning: at its end the curve has its own words
        label: { position: "insideStartTop", formatter: `${curve.due.toLocaleString("en")} ${curve.due_text}`, color: ink, fontSize: 13 },
        data: [{ yAxis: curve.due }],
      },
    }],
  };
}

/** @param {Curve} curve */
function fillTable(curve) {
  const body = document.querySelector("#curve-table tbody");
  for (const [at, total] of curve.points) {
    const row = document.createElement("tr");
    const [when, number] = [document.createElement("td"), document.createElement("td")];
    when.textContent = at;
    number.textContent = total.toLocaleString("en");
    number.className = "number";
    row.append(when, number);
    body?.append(row);
  }
}

/** @param {HTMLElement} box */
async function draw(box) {
  const answer = await fetch(box.dataset.curve ?? "", { credentials: "same-origin" });
  if (!answer.ok) return;
  /** @type {Curve} */
  const curve = await answer.json();
  if (!curve.points.length) {
    box.textContent = box.dataset.empty ?? "";
    box.classList.add("curve--empty");
    return;
  }
  fillTable(curve);
  const echarts = /** @type {any} */ (window).echarts;
  const chart = echarts.init(box, null, { renderer: "canvas" });
  chart.setOption(optionOf(curve));
  new ResizeObserver(() => chart.resize()).observe(box);
  document.addEventListener("appearance", () => chart.setOption(optionOf(curve)));
  document.querySelector("[data-png]")?.addEventListener("click", (event) => {
    const link = document.createElement("a");
    link.href = chart.getDataURL({ pixelRatio: 2, backgroundColor: isNight() ? "#14171A" : "#FAFAF7" });
    link.download = event.currentTarget instanceof HTMLElement ? event.currentTarget.dataset.png ?? "" : "";
    link.click();
  });
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-shows]") : null;
  if (!(button instanceof HTMLElement)) return;
  const part = document.getElementById(button.dataset.shows ?? "");
  if (!part) return;
  part.hidden = !part.hidden;
  button.setAttribute("aria-expanded", String(!part.hidden));
});
document.addEventListener("fresh", () => {
  // the sentence stands above what is polled; the answer brings the new one along
  for (const template of document.querySelectorAll("template[data-moves]")) {
    if (!(template instanceof HTMLTemplateElement)) continue;
    document.getElementById(template.dataset.moves ?? "")?.replaceChildren(template.content.cloneNode(true));
  }
});
const box = document.getElementById("curve");
if (box) void draw(box);
