// What tests/test_browser.py asks of an open page. Runs before the page's own scripts.

(() => {
  const TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
  const ATTRIBUTES = ["alt", "aria-label", "data-name", "placeholder", "title"];
  // marked as another language, typed by somebody, or a machine's
  const APART = "code, kbd, pre, script, style, template, textarea, noscript, "
    + ".code, .cell--code, .hash";
  const WORD = /(?<![\w./:-])[A-Za-z]*[a-z]{2}[A-Za-z]*(?![\w/:-]|\.\w)/g;
  let open = 0;

  const fetched = window.fetch;
  window.fetch = (...asked) => {
    open += 1;
    return fetched(...asked).finally(() => setTimeout(() => { open -= 1; }));
  };
  const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

  /** Until the page has all it asked for, and is drawn. */
  async function still() {
    await document.fonts.ready;
    const wall = document.getElementById("wall");
    const app = document.querySelector("body.field");
    do await drawn();
    while (open || (wall && !wall.dataset.painted) || (app && !app.querySelector(".view")));
  }

  /** What sticks out sideways, if the page can be moved sideways. */
  function findOut() {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const out = (element) => element.getBoundingClientRect().right > clientWidth
      && !element.closest(".nav, .scroll, .list__filters"); // these move by themselves
    const widest = [...document.querySelectorAll("body *")].filter(out).slice(-3);
    return [`sticks out sideways: ${widest.map((each) => each.outerHTML.slice(0, 90)).join(" ")}`];
  }

  /** What a reader would have to look for. */
  function* findUnseen() {
    const { clientWidth } = document.documentElement;
    const here = document.querySelector(".nav [aria-current]")?.getBoundingClientRect();
    if (here && (here.left < 0 || here.right > clientWidth + 1)) yield "the navigation hides its place";
    const cards = document.querySelectorAll(clientWidth < 768 ? ".list--cards > .scroll" : ":not(*)");
    for (const { scrollWidth, clientWidth: room, textContent } of cards) {
      if (scrollWidth > room) yield `a card is cut: ${textContent.trim().slice(0, 90)}`;
    }
    const sentence = document.querySelector("h1")?.textContent ?? "";
    if (/[。；] \p{Script=Han}/u.test(sentence)) yield `a gap after a full stop: ${sentence}`;
  }

  /** What is wrong at this width, with all that opens opened. */
  async function check() {
    for (const closed of document.querySelectorAll("main details")) closed.open = true;
    for (const closed of document.querySelectorAll("main dialog:not([open])")) closed.show();
    await still();
    const wrong = [...findOut(), ...findUnseen()];
    // eslint-disable-next-line no-undef
    const found = await axe.run({ runOnly: TAGS, resultTypes: ["violations"], preload: false });
    for (const { id, help, nodes } of found.violations) {
      const where = nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" ");
      wrong.push(`${id}: ${help}: ${where}`);
    }
    return wrong;
  }

  /** What a person can read on the page in its own language, with what bears it. */
  function* read() {
    const lang = document.documentElement.lang;
    const own = (element) => element.closest("[lang]")?.lang === lang && !element.closest(APART);
    const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { parentElement, data } = texts.currentNode;
      if (data.trim() && own(parentElement)) yield [parentElement, data];
    }
    for (const name of ATTRIBUTES) {
      for (const element of document.querySelectorAll(`[${name}]`)) {
        if (own(element)) yield [element, element.getAttribute(name)];
      }
    }
  }

  /** English words on a Chinese page. */
  function findEnglish(known) {
    const found = new Map();
    for (const [element, text] of read()) {
      for (const [word] of text.matchAll(WORD)) {
        if (!known.includes(word)) found.set(word, `${word}: ${element.outerHTML.slice(0, 160)}`);
      }
    }
    return [...found.values()];
  }

  /** Chinese on an English page, where only our own words stand and no name of anybody. */
  function findChinese() {
    const ours = "button, legend, thead th, .nav a, dt, label:not(.choice)";
    const found = new Map();
    for (const [element, text] of read()) {
      if (/\p{Script=Han}/u.test(text) && !/[a-z]/i.test(text) && element.closest(ours) && !element.closest(".unseen, .desk__found")) {
        found.set(text, `${text.trim()}: ${element.outerHTML.slice(0, 160)}`);
      }
    }
    return [...found.values()];
  }

  window.look = { still, check, findEnglish, findChinese };
})();
