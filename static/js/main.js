// Every page works without these modules. Each of them is one behaviour.
import "./copy.js";
import "./drag.js";
import "./errors.js";
import "./exchange.js";
import "./focus.js";
import "./palette.js";
import "./popovers.js";
import "./quick-add.js";
import "./select.js";
import "./shortcuts.js";
import "./time-zone.js";
import "./unsaved.js";

document.documentElement.classList.add("scripted");
