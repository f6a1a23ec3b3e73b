//! The same byte streams, cut at any places, get the same answers from all four languages and all I/O models.

use anyhow::Result;
use generated_tests::choice;
use generated_tests::differential::{Depth, compare};
use generated_tests::program::Target;
use generated_tests::variant::Variant;

/// The languages beside each other, each with its default model. `TARGETS=c,rust` narrows a run while one server is being worked on.
mod languages {
    use super::*;

    fn all(spec: &str) -> Result<()> {
        let variants: Vec<Variant> =
            Target::ALL.into_iter().map(Variant::from).filter(|variant| variant.chosen()).collect();
        compare(spec, &variants, Depth::All)
    }

    #[test]
    fn plain() -> Result<()> {
        all("plain")
    }

    #[test]
    fn deflate() -> Result<()> {
        all("deflate")
    }

    #[test]
    fn fresh() -> Result<()> {
        all("fresh")
    }

    #[test]
    fn policy() -> Result<()> {
        all("policy")
    }

    #[test]
    fn lenient() -> Result<()> {
        all("lenient")
    }

    #[test]
    fn rates() -> Result<()> {
        all("rates")
    }
}

generated_tests::for_each_variant!(others quick: [plain, deflate], full: [fresh, policy, lenient, rates]);

/// Another model beside the language's default one.
fn beside_default(spec: &str, variant: Variant) -> Result<()> {
    let depth = if choice::full() && variant.at_once() > 1 { Depth::All } else { Depth::Two };
    compare(spec, &[variant.target.into(), variant], depth)
}

fn plain(variant: Variant) -> Result<()> {
    beside_default("plain", variant)
}

fn deflate(variant: Variant) -> Result<()> {
    beside_default("deflate", variant)
}

fn fresh(variant: Variant) -> Result<()> {
    beside_default("fresh", variant)
}

fn policy(variant: Variant) -> Result<()> {
    beside_default("policy", variant)
}

fn lenient(variant: Variant) -> Result<()> {
    beside_default("lenient", variant)
}

fn rates(variant: Variant) -> Result<()> {
    beside_default("rates", variant)
}
