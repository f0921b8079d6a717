//! What a hostile run takes before its limits end it: time over its CPU budget, memory over its cap.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{
    client::{Client, Ended},
    figure::{Figure, Samples, ms},
    setup::Setup,
};
use crate::processes::{self, Engine, Role};

/// The cap of a run in the figures of memory.
const CAP_MIB: u64 = 128;
/// Between two looks at a worker that may not live until the run has ended. The kernel keeps the peak in between.
const LOOK: Duration = Duration::from_millis(2);

struct Bombs {
    language: &'static str,
    /// A run that does nothing.
    trivial: &'static str,
    cpu: &'static [(&'static str, &'static str)],
    memory: &'static [(&'static str, &'static str)],
}

const ALL: &[Bombs] = &[
    Bombs {
        language: "javascript",
        trivial: "return 1",
        cpu: &[
            ("endless loop", "while (true) {}"),
            ("ReDoS", "return /(a+)+$/.test('a'.repeat(50) + '!')"),
            ("big integers", "let a = 3n ** 100000n; for (;;) a * a"),
        ],
        memory: &[
            ("copied arrays", "const a = []; for (;;) a.push(a.slice())"),
            ("doubled text", "const a = []; for (let s = 'x'; ; s += s) a.push(s.split(''))"),
            ("buffers", "const a = []; for (;;) a.push(new ArrayBuffer(1000000))"),
            ("keys", "const m = new Map(); for (let i = 0; ; i++) m.set('k' + i, [i])"),
            ("big integers", "const a = []; for (let n = 3n ** 100000n; ; n += 1n) a.push(n)"),
            ("answers kept", "const a = []; for (;;) a.push(await bench.records({bytes: 10000000}))"),
            ("large result", "return 'x'.repeat(50000000)"),
        ],
    },
    Bombs {
        language: "python",
        trivial: "1+1",
        cpu: &[
            ("endless loop", "while True: pass"),
            ("ReDoS", "import re\nre.match('(a+)+$', 'a' * 40 + '!')"),
            ("big integers", "10**10**8"),
        ],
        memory: &[
            ("copied lists", "a = []\nwhile True: a.append(a[:])"),
            ("doubled text", "s = 'x'\nwhile True: s += s"),
            ("buffers", "a = []\nwhile True: a.append(bytearray(1000000))"),
            ("keys", "import itertools\nd = {}\nfor i in itertools.count(): d[str(i)] = [i]"),
            ("big integers", "a = [3]\nwhile True: a.append(a[-1] << 1000000)"),
            ("answers kept", "a = []\nwhile True: a.append(bench.records(bytes=10000000))"),
            ("large result", "'x' * 50000000"),
        ],
    },
    Bombs {
        language: "starlark",
        trivial: "result = 1",
        cpu: &[
            ("endless loop", "for a in range(10000000):\n    for b in range(10000000):\n        pass"),
            (
                "big integers",
                "x = 3\nfor i in range(15):\n    x = x * x\nfor a in range(10000000):\n    for b in range(10000000):\n        x * x",
            ),
        ],
        memory: &[
            ("copied lists", "a = []\nfor i in range(10000000): a.append(list(a))"),
            ("doubled text", "s = 'x'\nfor i in range(100): s = s + s"),
            ("doubled lists", "a = ['x']\nfor i in range(100): a = a + a"),
            ("repeated text", "'x' * 2000000000"),
            ("rows", "a = []\nfor i in range(10000000): a.append([i, i])"),
            ("big integers", "a = [3]\nfor i in range(10000000): a.append((1 << 100000) + i)"),
            ("answers kept", "a = []\nfor i in range(100): a.append(bench.records(bytes=10000000))"),
            ("large result", "'x' * 50000000"),
        ],
    },
];

/// An upstream with few tools: its catalog is not what is measured.
const TOOLS: usize = 8;

pub(crate) fn cpu(setup: &Setup) -> Result<Vec<Figure>> {
    ALL.iter().map(|bombs| cpu_of(setup, bombs)).collect()
}

fn cpu_of(setup: &Setup, bombs: &Bombs) -> Result<Figure> {
    let mut client = setup.gateway(TOOLS, &["limits.cpu_ms=1000"])?;
    client.times(20, |client| client.execute_in(bombs.language, bombs.trivial).map(drop))?;
    let mut measured = Vec::new();
    for (_, code) in bombs.cpu {
        let mut ends = Vec::new();
        let times = client.times(setup.times(5), |client| {
            ends.push(end_of(client, bombs.language, code)?);
            Ok(())
        })?;
        let otherwise = ends.into_iter().find(|kind| kind != "cpu_limit");
        let note = otherwise.map(|kind| format!(" ({kind})")).unwrap_or_default();
        measured.push(ms(Samples::new(times).median()) + &note);
    }
    let kinds: Vec<_> = bombs.cpu.iter().map(|(kind, _)| *kind).collect();
    let what = format!("{}: {} ended, 1 s of CPU", bombs.language, kinds.join(" / "));
    Ok(Figure::new(what, measured.join(" / "), "≤ 1.3 s"))
}

/// Runs what must not succeed; the kind of fault it ended with.
fn end_of(client: &mut Client, language: &str, code: &str) -> Result<String> {
    let id = client.send_snippet(language, code)?;
    let (answered, line) = client.receive()?;
    ensure!(answered == id, "an answer to {answered} instead of {id}");
    Ended::read(&line)?.fault.with_context(|| format!("it succeeded, in {language}: {code}"))
}

pub(crate) fn memory(setup: &Setup) -> Result<Vec<Figure>> {
    ALL.iter().map(|bombs| memory_of(setup, bombs)).collect()
}

/// The worst of a language's memory bombs, each in a worker of its own.
fn memory_of(setup: &Setup, bombs: &Bombs) -> Result<Figure> {
    let mut peaks = Vec::new();
    for (kind, code) in bombs.memory {
        let peak = peak(setup, bombs, code).with_context(|| format!("{kind} in {}", bombs.language))?;
        let text = format!("{} {kind}: {} MB above {} MB idle", bombs.language, peak.taken >> 10, peak.idle >> 10);
        crate::step::say(&format!("{text}, {} after {}", peak.end, ms(peak.time)));
        peaks.push((peak, *kind));
    }
    let (worst, kind) = peaks.into_iter().max_by_key(|(peak, _)| peak.taken).context("no memory bombs")?;
    let over = worst.taken as f64 / (CAP_MIB << 10) as f64 * 100.0 - 100.0;
    let what = format!("{}: worst memory bomb, worker's peak over its cap of {CAP_MIB} MB", bombs.language);
    let measured = format!("{over:+.0} % ({kind}, worker idle at {} MB)", worst.idle >> 10);
    Ok(Figure::new(what, measured, "≤ 20 %"))
}

/// What a worker held, in KiB.
struct Peak {
    /// Before the run: the engine itself and its instances in waiting.
    idle: u64,
    /// At most, over that.
    taken: u64,
    end: String,
    time: Duration,
}

fn peak(setup: &Setup, bombs: &Bombs, code: &str) -> Result<Peak> {
    let cap = format!("limits.memory_mib={CAP_MIB}");
    let settings = [cap.as_str(), "limits.cpu_ms=20000", "limits.wall_ms=60000", "sandbox.workers=1"];
    let mut client = setup.gateway(TOOLS, &settings)?;
    client.times(5, |client| client.execute_in(bombs.language, bombs.trivial).map(drop))?;
    let role = Role::Worker(Engine::of(bombs.language));
    let family = processes::family(client.pid())?;
    let worker = family.iter().find(|process| process.role == role).context("the language has no worker")?.id;
    let idle = processes::resident_kib(worker).context("the worker is gone")?;
    let ended = AtomicBool::new(false);
    let begun = Instant::now();
    let (end, highest) = thread::scope(|scope| {
        let watch = scope.spawn(|| highest_of(worker, &ended));
        let end = end_of(&mut client, bombs.language, code);
        ended.store(true, Ordering::Release);
        (end, watch.join())
    });
    let time = begun.elapsed();
    let highest = highest.ok().context("watching the worker failed")?;
    Ok(Peak { idle, taken: highest.saturating_sub(idle), end: end?, time })
}

/// The highest peak seen of a process, until the run has ended or the process is gone.
fn highest_of(worker: u32, ended: &AtomicBool) -> u64 {
    let mut highest = 0;
    loop {
        let last = ended.load(Ordering::Acquire);
        match processes::peak_kib(worker) {
            Some(peak) if !last => highest = highest.max(peak),
            Some(peak) => return highest.max(peak),
            None => return highest,
        }
        thread::sleep(LOOK);
    }
}
