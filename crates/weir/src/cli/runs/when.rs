//! Times as people read them: how long ago, how long still, and the date where that matters.

use std::time::Duration;

use crate::instant::utc;

/// `12 s ago`; what a clock that was set back puts into the future happened just now.
pub(in crate::cli) fn ago(then_unix_ms: u64, now_unix_ms: u64) -> String {
    match now_unix_ms.saturating_sub(then_unix_ms) {
        0..2_000 => "just now".to_owned(),
        ms => format!("{} ago", span(ms)),
    }
}

/// `in 7 d`; what is over is now.
pub(in crate::cli) fn until(then_unix_ms: u64, now_unix_ms: u64) -> String {
    let ms = then_unix_ms.saturating_sub(now_unix_ms);
    // To the nearest: minutes after somebody was given a week, it is still a week.
    let half = match ms {
        0 => return "now".to_owned(),
        1..120_000 => 500,
        120_000..7_200_000 => 30_000,
        7_200_000..172_800_000 => 1_800_000,
        _ => 43_200_000,
    };
    format!("in {}", span(ms.saturating_add(half)))
}

fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// `1.5 ms`, `12 ms`, `3.2 s`: three digits are enough to compare calls.
pub(in crate::cli) fn took(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    match ms {
        ..10.0 => format!("{ms:.1} ms"),
        10.0..1_000.0 => format!("{ms:.0} ms"),
        _ => format!("{:.1} s", ms / 1e3),
    }
}

/// `2026-11-21 20:14:45 UTC`.
pub(in crate::cli) fn date(unix_ms: u64) -> String {
    utc(unix_ms).format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (unix_ms, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399_999, "2000-02-28 23:59:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00 UTC"),
            (1_709_251_200_000, "2024-03-01 00:00:00 UTC"),
            (1_795_292_085_000, "2026-11-21 20:14:45 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(date(unix_ms), expected);
        }
        // As much as there is: no panic.
        assert!(date(u64::MAX).ends_with("UTC"));
    }

    #[test]
    fn spans() {
        let now = 10_000_000_000;
        let rows = [
            (0, "just now"),
            (2_000, "2 s ago"),
            (120_000, "2 min ago"),
            (7_200_000, "2 h ago"),
            (172_800_000, "2 d ago"),
        ];
        for (before, expected) in rows {
            assert_eq!(ago(now - before, now), expected);
        }
        assert_eq!(ago(now + 5_000, now), "just now");
        assert_eq!((until(now, now), until(now + 600_000, now)), ("now".to_owned(), "in 10 min".to_owned()));
        assert_eq!(until(now + 7 * 86_400_000 - 300_000, now), "in 7 d");
    }

    #[test]
    fn durations() {
        let shown = [1_234, 12_345, 999_000, 3_210_000].map(|micros| took(Duration::from_micros(micros)));
        assert_eq!(shown, ["1.2 ms", "12 ms", "999 ms", "3.2 s"]);
    }
}
