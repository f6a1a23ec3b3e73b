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

    #[test]
    fn tcp_none() -> Result<()> {
        all("tcp-none")
    }

    #[test]
    fn tcp_lines() -> Result<()> {
        all("tcp-lines")
    }

    #[test]
    fn tcp_delimiter() -> Result<()> {
        all("tcp-delimiter")?;
        all("tcp-quotes")
    }

    #[test]
    fn tcp_length_prefix() -> Result<()> {
        ["tcp-prefix1", "tcp-prefix2", "tcp-prefix4", "tcp-prefix8"].into_iter().try_for_each(all)
    }

    #[test]
    fn tcp_rates() -> Result<()> {
        all("tcp-rates")
    }
}

generated_tests::for_each_variant!(others
    quick: [plain],
    full: [deflate, tcp_lines, fresh, policy, lenient, rates, tcp_none, tcp_delimiter, tcp_length_prefix, tcp_rates],
);

/// Another model beside the language's default one.
fn beside_default(spec: &str, variant: Variant) -> Result<()> {
    let depth = match (choice::full(), variant.at_once()) {
        (false, _) => Depth::One,
        (true, 1) => Depth::Two,
        (true, _) => Depth::All,
    };
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

fn tcp_none(variant: Variant) -> Result<()> {
    beside_default("tcp-none", variant)
}

fn tcp_lines(variant: Variant) -> Result<()> {
    beside_default("tcp-lines", variant)
}

fn tcp_delimiter(variant: Variant) -> Result<()> {
    beside_default("tcp-delimiter", variant)
}

fn tcp_rates(variant: Variant) -> Result<()> {
    beside_default("tcp-rates", variant)
}

fn tcp_length_prefix(variant: Variant) -> Result<()> {
    beside_default("tcp-prefix4", variant)
}
