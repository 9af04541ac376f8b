//! The pages in a real Chromium, driven by chromedriver.

mod accessibility;
mod arrange;
mod driver;
mod flows;
mod keyboard;
mod organise;
mod pane;
mod pictures;
mod quick;
mod settings;
mod tabs;
mod trouble;
mod views;
mod xss;
