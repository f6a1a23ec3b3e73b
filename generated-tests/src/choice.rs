//! What an engineer wants to run: lists in the environment that narrow it.

/// Whether everything is to be run, however long it takes: `cargo xtask test --full`.
#[must_use]
pub fn full() -> bool {
    std::env::var_os("LAB_FULL").is_some()
}

/// Whether one word of the list in the environment variable `name` fits; everything does without it.
pub fn chosen(name: &str, fits: impl Fn(&str) -> bool) -> bool {
    match std::env::var(name) {
        Ok(list) if !list.is_empty() => list.split(',').any(|word| fits(word.trim())),
        _ => true,
    }
}
