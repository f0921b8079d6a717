//! What the machine itself can do, so that the other figures can be read on any: how fast it computes, and how fast it wakes a process,
//! on the same core and on another. A call between two processes cannot be faster than that, and a snippet's call goes through three.

use std::{
    io::{Read, Write},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::{
    client::Client,
    figure::{Figure, Samples, ms, us},
    setup::Setup,
};

const FIB: &str = "const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2); return fib(27)";

pub(crate) fn machine(setup: &Setup) -> Result<Vec<Figure>> {
    let mut client = setup.gateway(8, &[])?;
    let once = |client: &mut Client, code| client.execute(code).map(drop);
    client.times(3, |client| once(client, FIB))?;
    let whole = Samples::new(client.times(setup.times(50), |client| once(client, FIB))?).median();
    let empty = Samples::new(client.times(setup.times(50), |client| once(client, "return 1"))?).median();
    let fib = "fib(27) in JavaScript (where the targets were set: 24 ms)";
    let mut figures = vec![Figure::new(fib, ms(whole.saturating_sub(empty)), "")];
    figures.extend(wakes(setup.times(2_000))?);
    Ok(figures)
}

/// A byte to a process on this core and on another, and back.
fn wakes(times: usize) -> Result<Vec<Figure>> {
    let allowed = sched_getaffinity(None).context("asking for this thread's cores")?;
    let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
    let (Some(here), Some(there)) = (cores.next(), cores.next()) else { return Ok(Vec::new()) };
    let figure = |what, cat_on| {
        let samples = on_core(cat_on, here, times)?;
        let measured = format!("{} / {}", us(samples.median()), us(samples.quantile(0.9)));
        Ok(Figure::new(format!("a byte to a process on {what} and back, p50 / p90"), measured, ""))
    };
    let figures = [figure("the same core", here), figure("another core", there)];
    sched_setaffinity(None, &allowed).context("giving this thread its cores back")?;
    figures.into_iter().collect()
}

/// `cat` on one core, this thread on another.
fn on_core(cat: usize, own: usize, times: usize) -> Result<Samples> {
    let only = |core| {
        let mut set = CpuSet::new();
        set.set(core);
        sched_setaffinity(None, &set).context("choosing a core")
    };
    only(cat)?;
    let mut process =
        Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start cat")?;
    only(own)?;
    let (Some(mut to), Some(mut from)) = (process.stdin.take(), process.stdout.take()) else {
        bail!("cat has no pipes")
    };
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = Instant::now();
        to.write_all(b"x")?;
        from.read_exact(&mut [0])?;
        taken.push(begun.elapsed());
    }
    drop(to);
    process.wait()?;
    Ok(Samples::new(taken))
}
