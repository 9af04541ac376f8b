//! The pages in a real Chromium, driven by chromedriver.

mod accessibility;
mod arrange;
mod calendar;
mod driver;
mod flows;
mod keyboard;
mod organise;
mod pane;
mod quick;
mod tabs;
mod trouble;
mod views;
mod xss;
