//! Whether anything grew: the last quarter of the readings against the second, by medians. The first quarter warms up.

use super::reading::{HOLDERS, Held, Reading};

/// Memory may differ by this part and this much: what an allocator keeps is not the same at any two moments.
const MEMORY_PART: f64 = 0.10;
const MEMORY_KIB: u64 = 2 * 1024;

/// Something that must not grow.
struct Measure {
    what: &'static str,
    unit: &'static str,
    /// `None`: this user was not shown it.
    of: fn(&Reading) -> Option<Held>,
    /// What it may come to, from what it was.
    most: fn(u64) -> u64,
}

const MEASURES: [Measure; 4] = [
    Measure {
        what: "memory",
        unit: " KiB",
        of: |reading| Some(reading.memory_kib),
        most: |before| before + (before as f64 * MEMORY_PART) as u64 + MEMORY_KIB,
    },
    Measure { what: "open descriptors", unit: "", of: |reading| reading.descriptors, most: |before| before },
    Measure { what: "threads", unit: "", of: |reading| Some(reading.threads), most: |before| before },
    Measure { what: "processes", unit: "", of: |reading| Some(reading.processes), most: |before| before },
];

/// A sentence for each thing that grew.
pub(super) fn grown(readings: &[Reading]) -> Vec<String> {
    let mut grown = Vec::new();
    for Measure { what, unit, of, most } in MEASURES {
        let Some(held) = readings.iter().map(of).collect::<Option<Vec<Held>>>() else { continue };
        for (at, who) in HOLDERS.iter().enumerate() {
            let values: Vec<u64> = held.iter().map(|held| held[at]).collect();
            let (before, after) = (quarter(&values, 1), quarter(&values, 3));
            if after > most(before) {
                grown.push(format!(
                    "{what} of the {who} grew: {before}{unit} in the second quarter, {after}{unit} in the last (medians)"
                ));
            }
        }
    }
    grown
}

/// The median of one quarter, 0 to 3.
fn quarter(values: &[u64], which: usize) -> u64 {
    let begin = |quarter: usize| values.len() * quarter / 4;
    let mut part = values[begin(which)..begin(which + 1)].to_vec();
    part.sort_unstable();
    part.get(part.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const FLAT: Reading = Reading {
        runs: 0,
        time: Duration::ZERO,
        memory_kib: [40_000, 60_000, 200_000, 10_000],
        resident_kib: 500_000,
        processes: [2, 2, 2, 2],
        descriptors: Some([30, 12, 12, 12]),
        threads: [9, 8, 8, 8],
    };

    type Change = fn(u64, &mut Reading);

    #[test]
    fn what_grows_is_named() {
        let rows: [(&str, Change, &[&str]); 11] = [
            ("flat", |_, _| {}, &[]),
            ("warming up", |at, reading| reading.memory_kib[0] += 1_000 * at.min(10), &[]),
            ("noise", |at, reading| reading.memory_kib[2] += (at * 7_919) % 20_000, &[]),
            ("one peak", |at, reading| reading.threads[0] += u64::from(at == 37), &[]),
            ("within the room", |at, reading| reading.memory_kib[0] += 150 * at, &[]),
            ("a leak of 1 MB a reading", |at, reading| reading.memory_kib[0] += 1_000 * at, &["memory of the gateway"]),
            ("workers", |at, reading| reading.memory_kib[2] += 2_000 * at, &["memory of the Python workers"]),
            (
                "one engine's leak is not hidden behind the others' size",
                |at, reading| reading.memory_kib[3] += 300 * at,
                &["memory of the Starlark workers"],
            ),
            (
                "a descriptor now and then",
                |at, reading| reading.descriptors = Some([30 + at / 15, 12, 12, 12]),
                &["open descriptors of the gateway"],
            ),
            ("descriptors nobody shows", |at, reading| reading.descriptors = (at % 2 == 0).then_some([at; 4]), &[]),
            (
                "processes",
                |at, reading| {
                    reading.processes[1] += at / 10;
                    reading.threads[1] += at / 10;
                },
                &["threads of the JavaScript workers", "processes of the JavaScript workers"],
            ),
        ];
        for (name, change, expected) in rows {
            let readings = (0..40).map(|at| {
                let mut reading = FLAT.clone();
                change(at, &mut reading);
                reading
            });
            let told = grown(&readings.collect::<Vec<_>>());
            assert_eq!(told.len(), expected.len(), "{name}: {told:?}");
            for (told, expected) in told.iter().zip(expected) {
                assert!(told.starts_with(expected), "{name}: {told}");
            }
        }
    }
}
