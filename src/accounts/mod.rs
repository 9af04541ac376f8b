//! Accounts: register, sign in and out, profile, password, sessions, deletion.

pub mod api;
mod model;
pub mod pages;
pub mod service;
mod sign_out;

pub use model::{
    Account, AccountDeletion, Credentials, NewAccount, PasswordChange, ProfilePatch, RefreshGrant,
    TokenResponse,
};
pub use sign_out::{sign_out, sign_out_everyone};
