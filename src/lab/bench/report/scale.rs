//! From values to places in a drawing, and the ticks in between.

/// About so many ticks of an even scale.
const TICKS: f64 = 5.0;

/// A range of values, evenly or by their logarithms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
    /// Values, and what stands beside them.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Scale {
    /// From 0 to the largest value.
    pub(super) fn linear(values: &[f64], label: impl Fn(f64) -> String) -> Self {
        let most = values.iter().copied().fold(0.0, f64::max);
        let step = even_step(most);
        let steps = (most / step).ceil().max(1.0);
        let ticks = (0..=steps as usize).map(|index| index as f64 * step).map(|value| (value, label(value)));
        Self { low: 0.0, high: steps * step, logarithmic: false, ticks: ticks.collect() }
    }

    /// Time that passes, to the last value.
    pub(super) fn seconds(values: &[f64]) -> Self {
        let most = values.iter().copied().fold(0.0, f64::max);
        let mut scale = Self::linear(values, |value| format!("{value}"));
        scale.ticks.retain(|(value, _)| *value <= most);
        scale.high = most.max(f64::MIN_POSITIVE);
        scale
    }

    /// From the smallest to the largest value, by 1, 2 and 5 of each power of ten.
    pub(super) fn logarithmic(values: &[f64], label: impl Fn(f64) -> String) -> Self {
        let positive = values.iter().copied().filter(|value| *value > 0.0);
        let (low, high) =
            positive.fold((f64::MAX, f64::MIN_POSITIVE), |(low, high), value| (low.min(value), high.max(value)));
        let low = low.min(high);
        let steps = (low.log10().floor() as i32..=high.log10().ceil() as i32)
            .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
        let mut steps: Vec<f64> = steps.collect();
        // One step beyond the values on both sides.
        let first = steps.iter().rposition(|step| *step <= low).unwrap_or(0);
        let last = steps.iter().position(|step| *step >= high).unwrap_or(steps.len() - 1).max(first + 1);
        steps = steps.into_iter().take(last + 1).skip(first).collect();
        let (low, high) = (steps[0], steps[steps.len() - 1]);
        let every = if steps.len() > 9 { 3 } else { 1 };
        let ticks = steps.into_iter().step_by(every).map(|value| (value, label(value))).collect();
        Self { low, high, logarithmic: true, ticks }
    }

    /// To the largest value, with these ticks.
    pub(super) fn named<const N: usize>(values: &[f64], ticks: [(f64, String); N]) -> Self {
        let high = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let ticks = ticks.into_iter().filter(|(value, _)| *value <= high).collect();
        Self { low: 0.0, high, logarithmic: false, ticks }
    }

    /// Where a value lies between `from` and `to`.
    pub(super) fn place(&self, value: f64, from: f64, to: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        from + share * (to - from)
    }
}

/// 1, 2 or 5 times a power of ten.
fn even_step(most: f64) -> f64 {
    let rough = (most / TICKS).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(rough.log10().floor());
    let digit = [1.0, 2.0, 5.0, 10.0].into_iter().find(|digit| digit * power >= rough * 0.999).unwrap_or(10.0);
    digit * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale) -> Vec<&str> {
        scale.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn even_scales_begin_at_nothing() {
        let scale = Scale::linear(&[3.0, 940.0], |value| value.to_string());
        assert_eq!(labels(&scale), ["0", "200", "400", "600", "800", "1000"]);
        assert_eq!(scale.place(500.0, 300.0, 100.0), 200.0);
        assert_eq!(labels(&Scale::seconds(&[0.5, 9.5])), ["0", "2", "4", "6", "8"]);
    }

    #[test]
    fn logarithms_go_around_the_values() {
        let scale = Scale::logarithmic(&[15.0, 170.0], |value| value.to_string());
        assert_eq!(labels(&scale), ["10", "20", "50", "100", "200"]);
        assert_eq!(scale.place(10.0, 0.0, 1.0), 0.0);
        assert!((scale.place(200.0, 0.0, 1.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn one_value_or_none_is_no_division_by_nothing() {
        for scale in [
            Scale::linear(&[], |_| String::new()),
            Scale::logarithmic(&[0.0], |_| String::new()),
            Scale::seconds(&[0.0]),
        ] {
            assert!(scale.place(0.0, 0.0, 1.0).is_finite(), "{scale:?}");
        }
        let scale = Scale::logarithmic(&[5.0], |value| value.to_string());
        assert!(scale.place(5.0, 0.0, 1.0).is_finite() && scale.ticks.len() == 2, "{scale:?}");
    }
}
