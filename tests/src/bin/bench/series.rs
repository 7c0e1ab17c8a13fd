//! Samples of one measurement, and the table they are printed in.

/// In the order of measurement.
pub(crate) type Samples = Vec<f64>;

/// Number of samples; no median is printed for fewer.
pub(crate) const RUNS: usize = 9;

pub(crate) struct Table {
    only: Option<String>,
}

impl Table {
    pub(crate) fn new(only: Option<String>) -> Self {
        println!(
            "{:<28} {:<11} {:>10} {:>23} {:>5}  target",
            "measurement", "database", "median", "min..max", "runs"
        );
        Self { only }
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|only| name.contains(only))
    }

    /// Measures and prints, unless the command names another measurement.
    pub(crate) async fn row(
        &mut self,
        name: &str,
        database: &str,
        unit: &str,
        at_most: Option<f64>,
        measure: impl Future<Output = Option<Samples>>,
    ) {
        if !self.wants(name) {
            return;
        }
        let Some(mut samples) = measure.await else {
            println!("{name:<28} {database:<11} SKIPPED: cannot be measured on this machine");
            return;
        };
        assert!(samples.len() >= 7, "a median of {} runs says little", samples.len());
        samples.sort_by(f64::total_cmp);
        let median = median(&samples);
        let target = at_most.map_or(String::new(), |limit| {
            format!("≤ {limit} {unit} {}", if median <= limit { "met" } else { "MISSED" })
        });
        print_row(name, database, unit, &samples, &target);
    }
}

/// As [`Table::row`], for rates, where higher is better.
pub(crate) fn print_rate(
    name: &str,
    database: &str,
    unit: &str,
    at_least: Option<f64>,
    mut samples: Samples,
) {
    samples.sort_by(f64::total_cmp);
    let median = median(&samples);
    let target = at_least.map_or(String::new(), |limit| {
        format!("≥ {limit} {unit} {}", if median >= limit { "met" } else { "MISSED" })
    });
    print_row(name, database, unit, &samples, &target);
}

fn print_row(name: &str, database: &str, unit: &str, samples: &[f64], target: &str) {
    let (least, most, median) = (samples[0], samples[samples.len() - 1], median(samples));
    let spread = format!("{least:.1}..{most:.1} {unit}");
    println!("{name:<28} {database:<11} {median:>7.1} {unit} {spread:>23} {:>5}  {target}", samples.len());
}

/// `samples` must be sorted.
fn median(samples: &[f64]) -> f64 {
    let middle = samples.len() / 2;
    if samples.len() % 2 == 1 { samples[middle] } else { f64::midpoint(samples[middle - 1], samples[middle]) }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn median_is_the_middle() {
        assert!((median(&[1.0, 2.0, 90.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[1.0, 2.0, 3.0, 90.0]) - 2.5).abs() < 1e-9);
    }
}
