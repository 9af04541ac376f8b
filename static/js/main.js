// Every page works without these modules. Each of them is one behaviour.
import "./copy.js";
import "./date-picker.js";
import "./drafts.js";
import "./errors.js";
import "./focus.js";
import "./popovers.js";
import "./pane.js";
import "./quick-add.js";
import "./task.js";
import "./time-zone.js";
import "./unsaved.js";
