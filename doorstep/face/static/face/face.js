// Loads what every page has. Each part works alone and leaves a page alone that does not ask for it.

import "./appearance.js";
import "./copy.js";
import "./dialogs.js";
import "./navigation.js";
import "./polling.js";
import "./scanner.js";
import "./scrolling.js";
import "./shortcuts.js";
