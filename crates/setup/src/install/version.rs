//! Compares two product versions.

use std::cmp::Ordering;

/// Compares versions, for example `1.2.3` and `1.2.3-beta.1`; a pre-release comes before its release. A part that is
/// not a number counts as 0.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one_core, one_pre) = split(one);
    let (other_core, other_pre) = split(other);
    numbers(one_core).cmp(&numbers(other_core)).then_with(|| match (one_pre, other_pre) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) => numbers(one).cmp(&numbers(other)).then(one.cmp(other)),
    })
}

fn split(version: &str) -> (&str, Option<&str>) {
    let version = version.trim().split('+').next().unwrap_or_default();
    version.split_once('-').map_or((version, None), |(core, pre)| (core, Some(pre)))
}

fn numbers(text: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> = text.split('.').map(|part| part.parse().unwrap_or(0)).collect();
    numbers.resize(numbers.len().max(4), 0);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_versions() {
        let rising = ["0.0.9", "0.1.0-beta.2", "0.1.0-beta.10", "0.1.0", "0.9.12", "0.10.0", "1.0.0"];
        for pair in rising.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(compare("1.0", "1.0.0"), Ordering::Equal);
        assert_eq!(compare("1.0.0+build", "1.0.0"), Ordering::Equal);
    }
}
