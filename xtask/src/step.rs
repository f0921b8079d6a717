//! Runs the programs a task is made of, and says what happens and how long it took.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};

pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Runs one named piece of work, printing its name and its time.
pub(crate) fn timed<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    say(&format!("=== {name}"));
    let outcome = work();
    let seconds = start.elapsed().as_secs_f64();
    match &outcome {
        Ok(_) => say(&format!("=== {name}: ok ({seconds:.1} s)")),
        Err(error) => say(&format!("=== {name}: FAILED ({seconds:.1} s): {error:#}")),
    }
    outcome
}

/// Runs a program whose output people want to see.
pub(crate) fn shown(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| missing(command))?;
    if !status.success() {
        bail!("`{}` ended with {status}", named(command));
    }
    Ok(())
}

/// Runs a program whose output matters only when it fails.
pub(crate) fn quiet(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| missing(command))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}\n{stdout}{stderr}", named(command), output.status);
    }
    Ok(stdout)
}

fn missing(command: &Command) -> String {
    format!("cannot start `{}`: is it installed and on the PATH?", command.get_program().to_string_lossy())
}

fn named(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let arguments = command.get_args().take(4).map(|argument| argument.to_string_lossy());
    std::iter::once(program.to_string_lossy()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Keeps other xtasks out of a directory until dropped.
pub(crate) struct Held(#[expect(dead_code, reason = "the lock lives as long as the open file")] File);

pub(crate) fn hold(directory: &Path) -> Result<Held> {
    fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let path = directory.join(".lock");
    let file = File::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
    if file.try_lock().is_err() {
        say(&format!("waiting for another xtask that works in {}", directory.display()));
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(Held(file))
}
