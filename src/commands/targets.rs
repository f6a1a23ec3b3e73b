use std::fmt::Write as _;

use serde_json::json;
use specgen::model::Target;
use specgen::plan::capability::{FEATURES, MODELS, Support};

use super::report::print;
use super::{Format, Outcome};

/// Show what can be generated for which language
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let models = MODELS.iter().map(|(model, support)| (format!("io: {}", model.name()), support));
    let features = FEATURES.iter().map(|feature| (feature.label.to_owned(), &feature.support));
    let rows: Vec<(String, &[Support; 4])> = models.chain(features).collect();
    print(&match arguments.format {
        Format::Text => table(&rows),
        Format::Json => format!("{:#}\n", as_json(&rows)),
    });
    Outcome::Done
}

fn table(rows: &[(String, &[Support; 4])]) -> String {
    let mut text = format!("{:<32}", "");
    for target in Target::ALL {
        let _ = write!(text, "{:<9}", target.name());
    }
    text = text.trim_end().to_owned() + "\n";
    for (label, support) in rows {
        let cells: String = support.iter().map(|support| format!("{:<9}", support.mark())).collect();
        let _ = writeln!(text, "{label:<32}{}", cells.trim_end());
    }
    text
}

fn as_json(rows: &[(String, &[Support; 4])]) -> serde_json::Value {
    rows.iter()
        .map(|(label, support)| {
            let by_target: serde_json::Map<_, _> = Target::ALL
                .iter()
                .zip(support.iter())
                .map(|(target, support)| (target.name().to_owned(), json!(support.mark())))
                .collect();
            json!({"feature": label, "support": by_target})
        })
        .collect()
}
