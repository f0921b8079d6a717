//! How far Python takes its worker's memory beyond the cap, and that all of it comes back. Linux only: it reads `/proc`.

#![cfg(target_os = "linux")]

use std::fs;

use weir_bridge::port::Job;
use weir_model::{FaultKind as K, Limits, limits::MIB};
use weir_sandbox::Pool;

use super::python_trial::{benign, snippet, warm};
use crate::harness::*;

/// A figure of `/proc/<worker>/status`, in bytes.
fn status(worker: u32, figure: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{worker}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

fn descriptors(worker: u32) -> usize {
    fs::read_dir(format!("/proc/{worker}/fd")).unwrap().count()
}

const CAP: u64 = 128 * MIB;

async fn bomb(pool: &Pool, source: &str) -> Outcome {
    let limits = Limits { memory_bytes: CAP, ..snippet(source).limits };
    run_job(pool, Job { limits, ..snippet(source) }).await
}

/// What the worker holds at rest, its engine and its code, is not the snippet's.
#[test]
fn r05_the_peak_of_a_memory_bomb_python() {
    within(async {
        for source in [
            "s = 'x'\nwhile True: s += 'x' * 1_000_000",
            "a = []\nwhile True: a.append([a])",
            "a = []\nwhile True: a.append(bytes(1_000_000))",
            "b = bytearray()\nwhile True: b += b'x' * 1_000_000",
            "import asyncio\nawait asyncio.gather(*[asyncio.sleep(1) for _ in range(1_000_000)])",
            "keep = [fake.echo(x='y' * 3_900_000) for _ in range(60)]",
            // The guest's own cuts taken away, as much is handed to the host as fits.
            "import sys\nsys.modules['weir_guest.outcome'].result_text = lambda value: '\"' + 'x' * 50_000_000 + '\"'\n1",
            "import sys\ntext = '{\"name\":\"E\",\"message\":\"' + 'x' * 25_000_000 + '\"}'\nsys.modules['weir_guest.outcome'].failure_text = lambda error: text\n1 / 0",
            "import sys\nhost = sys.modules['weir_guest.host']\ntext = 'x' * 52_000_000\nhost.say(host.ERROR, text)",
            "import sys\nhost = sys.modules['weir_guest.host']\ntext = 'x' * 33_000_000\nfor _ in range(10): host.say(host.ERROR, text)\n1",
            "import sys\nhost = sys.modules['weir_guest.host']\ntext = 'x' * 30_000_000\nfor _ in range(10): host.start('fake', 'echo', text, 0); host.wait()\n1",
        ] {
            let pool = warm().await;
            let worker = pool.worker_ids()[0];
            let resting = status(worker, "VmHWM");
            let outcome = bomb(&pool, source).await;
            assert!(!matches!(outcome.kind_or_none(), Some(K::WorkerLost)), "{source}");
            let grown = status(worker, "VmHWM") - resting;
            assert!(grown <= CAP + CAP / 5, "{source} took {} MiB over a cap of {} MiB", grown / MIB, CAP / MIB);
            pool.shut_down().await;
        }
    });
}

#[test]
fn r25_memory_and_descriptors_come_back_python() {
    within(async {
        let pool = warm().await;
        let worker = pool.worker_ids()[0];
        let mut rest = None;
        for round in 0..4 {
            for source in [
                "s = 'x'\nwhile True: s += 'x' * 1_000_000",
                "a = []\nwhile True: a.append([a])",
                "def f(): f()\nf()",
                "1 / 0",
            ] {
                assert!(bomb(&pool, source).await.result.is_err());
            }
            for _ in 0..10 {
                benign(&pool).await;
            }
            let now = (status(worker, "VmRSS"), descriptors(worker));
            // The first round fills what is kept for later ones.
            let (resident, open) = *rest.get_or_insert(now);
            assert!(
                now.0 <= resident + resident / 5,
                "round {round}: {} MiB, {} MiB at first",
                now.0 / MIB,
                resident / MIB
            );
            assert_eq!(now.1, open, "round {round}: descriptors");
        }
        assert_eq!(pool.worker_ids(), [worker]);
    });
}
