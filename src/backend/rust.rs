//! Rust.

use super::Backend;
use crate::model::{Model, TargetPlan};
use crate::output::FileMap;

/// The Rust backend.
pub struct Rust;

impl Backend for Rust {
    fn generate(&self, _model: &Model, _plan: &TargetPlan) -> FileMap {
        FileMap::default()
    }
}
