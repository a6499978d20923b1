// Before anything is painted: language, night and large text as they were chosen on this phone, from
// the cookies that the server's pages use too. A plain script, so that it runs before the body.
// Refuses nothing: without cookies the phone's own ways hold.

(() => {
  const said = Object.fromEntries(document.cookie.split("; ").map((each) => each.split("=")));
  const root = document.documentElement;
  const chinese = (said.doorstep_language ?? navigator.language.toLowerCase()).startsWith("zh");
  root.lang = chinese ? "zh-Hans" : "en";
  if (said.theme === "night" || said.theme === "day") root.dataset.theme = said.theme;
  if (said.text === "large") root.dataset.text = "large";
})();
