//! Any text, in both notations: read, checked, its messages rendered; what is valid is generated for all its targets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specgen::diagnostics::Renderer;
use specgen::model::Target;
use specgen::source::{Notation, Source};

fuzz_target!(|bytes: &[u8]| {
    for notation in [Notation::Yaml, Notation::Kdl] {
        let Ok(source) = Source::from_bytes("spec", bytes, Some(notation)) else { return };
        let analysis = specgen::analyse(&source);
        for problem in &analysis.diagnostics {
            Renderer::new(false).render(problem, Some(&source));
        }
        for target in Target::ALL {
            let again = specgen::generate(&analysis, target);
            assert_eq!(specgen::generate(&analysis, target), again);
        }
    }
});
