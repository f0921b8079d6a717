//! What all processes of a gateway hold at one moment, while no run is under way.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Result, bail};

use crate::processes::{self, Engine, Process, Role};

pub(super) const HEAD: &str = "\
PSS in MB; of gateway + js + py + star workers: processes, descriptors, threads
|   runs |   time | gateway |      js |      py |    star | all RSS | processes | descriptors |   threads |
|-------:|-------:|--------:|--------:|--------:|--------:|--------:|----------:|------------:|----------:|";

/// Who holds something: the gateway, with what looks after upstreams for it, and the workers of each engine.
pub(super) const HOLDERS: [&str; 4] = ["gateway", "JavaScript workers", "Python workers", "Starlark workers"];

/// A number for each of the [`HOLDERS`].
pub(super) type Held = [u64; HOLDERS.len()];

#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) runs: u64,
    pub(super) time: Duration,
    pub(super) memory_kib: Held,
    pub(super) resident_kib: u64,
    pub(super) processes: Held,
    /// `None`: some process does not show them to this user.
    pub(super) descriptors: Option<Held>,
    pub(super) threads: Held,
}

impl Reading {
    pub(super) fn take(runs: u64, time: Duration, gateway: u32) -> Result<Self> {
        let none = [0; HOLDERS.len()];
        let mut reading = Self {
            runs,
            time,
            memory_kib: none,
            resident_kib: 0,
            processes: none,
            descriptors: Some(none),
            threads: none,
        };
        for process in processes::family(gateway)? {
            // A process that ends now is not counted at all.
            let _gone = reading.add(process);
        }
        if reading.processes[0] == 0 {
            bail!("the gateway's process is gone");
        }
        Ok(reading)
    }

    fn add(&mut self, process: Process) -> Option<()> {
        let holder = holder(process.role);
        let memory = processes::memory_kib(process.id)?;
        let resident = processes::resident_kib(process.id)?;
        let threads = processes::threads(process.id)?;
        self.memory_kib[holder] += memory;
        self.resident_kib += resident;
        self.threads[holder] += threads;
        self.processes[holder] += 1;
        self.descriptors = self.descriptors.zip(processes::descriptors(process.id)).map(|(mut held, more)| {
            held[holder] += more;
            held
        });
        Some(())
    }

    pub(super) fn row(&self) -> String {
        let mb = |kib: u64| format!("{:.1}", kib as f64 / 1024.0);
        let mut row = format!("| {:>6} | {:>4.0} s |", self.runs, self.time.as_secs_f64());
        for kib in self.memory_kib {
            write!(row, " {:>7} |", mb(kib)).expect("a String takes everything");
        }
        let descriptors = self.descriptors.map_or_else(|| "not shown".to_owned(), sum);
        format!(
            "{row} {:>7} | {:>9} | {descriptors:>11} | {:>9} |",
            mb(self.resident_kib),
            sum(self.processes),
            sum(self.threads)
        )
    }
}

fn holder(role: Role) -> usize {
    match role {
        Role::Gateway | Role::Other => 0,
        Role::Worker(Engine::JavaScript) => 1,
        Role::Worker(Engine::Python) => 2,
        Role::Worker(Engine::Starlark) => 3,
    }
}

fn sum(held: Held) -> String {
    held.map(|one| one.to_string()).join("+")
}
