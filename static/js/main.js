// Every page works without these modules. Each of them is one behaviour.
import "./copy.js";
import "./date-picker.js";
import "./drafts.js";
import "./errors.js";
import "./focus.js";
import "./more.js";
import "./moved-on.js";
import "./popovers.js";
import "./pane.js";
import "./quick-add.js";
import "./task.js";
import "./time-zone.js";
import "./unsaved.js";
import "./view-menu.js";
