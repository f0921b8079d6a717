//! What the machine itself can do, so that the other figures can be read on any: how fast it computes, and how fast it wakes a process.

use std::{
    io::{Read, Write},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};

use super::{
    client::Client,
    figure::{Figure, Samples, ms},
    setup::Setup,
};

const FIB: &str = "const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2); return fib(27)";

pub(crate) fn machine(setup: &Setup) -> Result<Vec<Figure>> {
    let mut client = setup.gateway(8, &[])?;
    let once = |client: &mut Client, code| client.execute(code).map(drop);
    client.times(3, |client| once(client, FIB))?;
    let whole = Samples::new(client.times(setup.times(50), |client| once(client, FIB))?).median();
    let empty = Samples::new(client.times(setup.times(50), |client| once(client, "return 1"))?).median();
    Ok(vec![
        Figure::new("fib(27) in JavaScript (where the targets were set: 24 ms)", ms(whole.saturating_sub(empty)), ""),
        Figure::new("a byte to another process and back", ms(wake(setup.times(2_000))?.median()), ""),
    ])
}

fn wake(times: usize) -> Result<Samples> {
    let mut cat =
        Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start cat")?;
    let (Some(mut to), Some(mut from)) = (cat.stdin.take(), cat.stdout.take()) else { bail!("cat has no pipes") };
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = Instant::now();
        to.write_all(b"x")?;
        from.read_exact(&mut [0])?;
        taken.push(begun.elapsed());
    }
    drop(to);
    cat.wait()?;
    Ok(Samples::new(taken))
}
