//! Accounts: registration, sign-in and sign-out, profile, password, sessions, deletion.

pub mod api;
mod forms;
pub mod kept;
mod model;
pub mod pages;
pub mod service;
mod settings;
mod table;

use model::is_long_email;
pub use model::{
    Account, AccountDeletion, Credentials, NewAccount, PasswordChange, ProfilePatch, RefreshGrant,
    TokenResponse, normal_email,
};
pub use table::USERS;
