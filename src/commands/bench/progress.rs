//! The live view, on terminals alone.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use specgen::lab::bench::{Observer, Plan, View};

const CONNECTING: &str = "{msg} {wide_bar} {pos}/{len}";
const LOADING: &str = "{msg} {wide_bar} {percent}%";

/// A bar on standard error.
pub struct Progress {
    bar: ProgressBar,
    connections: u64,
    /// What the bar's style is for.
    loading: bool,
}

impl Progress {
    /// A bar that nothing stands in yet.
    pub fn new(plan: &Plan) -> Self {
        let bar = ProgressBar::new(plan.connections as u64);
        bar.enable_steady_tick(Duration::from_millis(200));
        let mut progress = Self { bar, connections: plan.connections as u64, loading: true };
        progress.style(false);
        progress
    }

    /// Takes the bar away.
    pub fn end(self) {
        self.bar.finish_and_clear();
    }

    fn style(&mut self, loading: bool) {
        if self.loading == loading {
            return;
        }
        self.loading = loading;
        let (template, length) = if loading { (LOADING, 1000) } else { (CONNECTING, self.connections) };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.set_length(length);
    }
}

impl Observer for Progress {
    fn see(&mut self, view: View) {
        self.style(matches!(view, View::Loading { .. }));
        match view {
            View::Looking => self.bar.set_message("a first look"),
            View::Connecting { open } => {
                self.bar.set_message("connecting");
                self.bar.set_position(open as u64);
            }
            View::Loading { share, messages_per_second, p99_us } => {
                let figures = format!("{messages_per_second:.0} messages/s, p99 {:.2} ms", p99_us / 1e3);
                self.bar.set_message(if messages_per_second > 0.0 { figures } else { "load".to_owned() });
                self.bar.set_position((share * 1000.0) as u64);
            }
        }
    }
}
