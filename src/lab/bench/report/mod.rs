//! What a run found, for people and for programs.

mod html;
mod json;
mod markdown;
mod notes;
mod plot;
mod rows;
mod scale;
mod show;
mod text;

pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use text::{text, troubles};
