//! The pages in a real Chromium, driven by chromedriver.

mod accessibility;
mod arrange;
mod calendar;
mod drag;
mod driver;
mod flows;
mod input;
mod keyboard;
mod languages;
mod live;
mod offline;
mod organise;
mod palette;
mod pane;
mod pictures;
mod quick;
mod settings;
mod tabs;
mod trouble;
mod views;
mod waiting;
mod xss;
