// Every page works without these modules. Each of them is one behaviour.
import "./client.js";
import "./copy.js";
import "./date-picker.js";
import "./drafts.js";
import "./drag.js";
import "./errors.js";
import "./exchange.js";
import "./focus.js";
import "./more.js";
import "./moved-on.js";
import "./palette.js";
import "./prepare.js";
// Escape closes a menu, then gives up a selection, then closes the pane.
import "./popovers.js";
import "./select.js";
import "./pane.js";
import "./quick-add.js";
import "./row-menu.js";
import "./shortcuts.js";
import "./task.js";
import "./region.js";
import "./unsaved.js";
import "./view-menu.js";
// After those that send some of the forms themselves.
import "./offline.js";

document.documentElement.classList.add("scripted");

// Pages that others can change wait for that.
if (document.body.dataset.version) addEventListener("load", () => import("./later/live.js"));
