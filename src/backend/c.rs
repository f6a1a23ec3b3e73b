//! C11: files from `templates/c`.

use std::sync::OnceLock;

use super::Backend;
use super::embedded;
use super::literal::Syntax;
use super::template::Templates;
use crate::model::{Model, TargetPlan};
use crate::output::FileMap;
use crate::plan::{Literal, context};

/// The C backend.
pub struct C;

static TEMPLATES: Templates = Templates {
    files: embedded::C,
    conditional: &[
        ("src/app/broadcast.c", "broadcast"),
        ("src/app/custom.c", "custom"),
        ("src/app/echo.c", "echo"),
        ("src/handlers.c", "custom"),
        ("src/handlers.h", "custom"),
        ("src/log_json.c", "log_json"),
        ("src/log_text.c", "log_text"),
        ("src/protocol/deflate.c", "compression"),
        ("src/protocol/deflate.h", "compression"),
        ("src/protocol/extension.c", "compression"),
        ("src/protocol/extension.h", "compression"),
        ("src/protocol/rate.c", "rate_limit"),
        ("src/protocol/rate.h", "rate_limit"),
        ("src/transport/clients.c", "per_client"),
        ("src/transport/clients.h", "per_client"),
        ("tests/exchange_broadcast.c", "broadcast"),
        ("tests/exchange_custom.c", "custom"),
        ("tests/exchange_echo.c", "echo"),
    ],
    user_owned: &["src/handlers.c"],
    left_out: &[],
    syntax: Syntax::C,
    compiled: OnceLock::new(),
};

impl Backend for C {
    fn generate(&self, model: &Model, plan: &TargetPlan) -> FileMap {
        let mut context = context(model, plan);
        context.values.insert("description", Literal::Text(model.description.clone()));
        context.values.insert("standard", Literal::Word(plan.language_version.clone()));
        context.values.insert("compiler", Literal::Word(plan.compiler.clone().unwrap_or_default()));
        let mut files = FileMap::default();
        TEMPLATES.render(&context, &mut files);
        files
    }
}
