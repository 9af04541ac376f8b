// Every page works without these modules. Each of them is one behaviour.
import "./copy.js";
import "./errors.js";
import "./focus.js";
import "./more.js";
import "./popovers.js";
import "./quick-add.js";
import "./refresh.js";
import "./time-zone.js";
import "./unsaved.js";
import "./view-menu.js";
