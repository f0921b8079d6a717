//! `weir run`: one snippet, run as an agent's would be.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::FutureExt;
use weir_bridge::{Observer, RunEvent, port::Resumes};
use weir_model::{Language, RunId, RunStatus, limits::CALL_WARNING_CHARS_MAX};

use super::{
    Global,
    exit::{Exit, Stopped},
    screen::{data, talk},
    signal, start,
};
use crate::{
    answer::{
        self,
        execute::{Beside, Reader, full_text},
    },
    config,
    config::Effective,
    gateway::{ExecuteRequest, Executed, Program, Ran, local},
};

/// Run a program against the upstreams
///
/// The same run an agent's `execute` makes: same sandbox, same limits, same checks. What
/// the program returns goes to stdout as JSON; what it prints, and why it failed, to
/// stderr.
///
/// Examples:
///   weir run report.ts
///   weir run --code 'return (await files.list_directory({path: "."})).content'
///   weir run --json - < report.ts | jq .usage
///   weir run --resume run_…              go on with a run that waited for a decision
///   weir run --resume run_… fixed.ts     corrected: what is done is taken over
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Run {
    /// The program's file, or - for standard input
    #[arg(required_unless_present_any = ["code", "resume"], conflicts_with = "code")]
    file: Option<PathBuf>,
    /// The program itself
    #[arg(long)]
    code: Option<String>,
    /// Go on with this run; with a program, take over what it has done
    #[arg(long, value_name = "RUN")]
    resume: Option<String>,
    /// With --resume and a program: ask reads again
    #[arg(long, requires = "resume")]
    fresh: bool,
    /// Stop at every write, and say what it would do
    #[arg(long)]
    plan: bool,
    /// typescript, javascript, python or starlark; by the file's ending, else typescript
    #[arg(long)]
    language: Option<Language>,
    /// Print the run's whole report as JSON
    #[arg(long)]
    json: bool,
    /// Print what a model would get: the answer within its token budget
    #[arg(long, conflicts_with = "json")]
    as_model: bool,
}

/// Explains a wait that is noticed.
struct Watch;

impl Observer for Watch {
    fn event(&self, event: RunEvent<'_>) {
        if let RunEvent::EngineAwaited(language) = event {
            talk(&format!("weir: compiling the {language} engine, once on this machine; later runs use the result"));
        }
    }
}

impl Run {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let stop = signal::stop_asked()?;
        let loaded = start::configured(global)?;
        let program = self.program(&loaded.effective)?;
        let gateway = start::gateway(&loaded.effective, start::store(&loaded.effective).await?)?;
        if let Program::New { language, .. } = &program {
            gateway.prepare(*language);
        }
        tokio::select! {
            () = start::settled(&gateway, &loaded.effective) => {}
            () = stop.cancelled() => {}
        }
        start::tell_absent(&gateway.statuses());
        let executed = gateway
            .execute(ExecuteRequest {
                principal: local(),
                program,
                wait: None,
                observer: Some(Arc::new(Watch)),
                cancel: stop.clone().cancelled_owned().boxed(),
                traceparent: None,
            })
            .await;
        gateway.shutdown().await;
        let ran = ended(&executed)?;
        self.show(ran, gateway.limits().result_tokens as usize)?;
        Ok(match ran.report.status {
            RunStatus::Completed => Exit::Ok,
            RunStatus::Parked => Exit::Parked,
            RunStatus::Failed => Exit::RunFailed,
            RunStatus::Cancelled => Exit::Interrupted,
        })
    }

    fn program(&self, effective: &Effective) -> Result<Program, Stopped> {
        let run = self.resume.as_deref().map(RunId::new);
        if let (Some(run), None, None) = (&run, &self.file, &self.code) {
            return Ok(Program::GoOn(run.clone()));
        }
        let code = self.source(effective.limits.source_bytes)?;
        let language = match self.language {
            Some(language) => language,
            None => {
                let default = effective.language;
                self.file.as_deref().map_or(Ok(default), |file| language_of(file, default))?
            }
        };
        let resumes = run.map(|run| Resumes { run, fresh: self.fresh });
        Ok(Program::New { code: Arc::from(code), language, plan: self.plan, resumes })
    }

    fn show(&self, ran: &Ran, tokens_max: usize) -> Result<(), Stopped> {
        let report = &ran.report;
        if self.json {
            return data(&format!("{:#}\n", answer::report::json(report)));
        }
        if self.as_model {
            return data(&format!("{}\n", answer::execute::text(report, ran.shown.as_deref(), tokens_max)));
        }
        for call in &report.calls {
            for warning in &call.warnings {
                let (written, warning) = (&call.written, answer::escape::line(warning, CALL_WARNING_CHARS_MAX));
                talk(&format!("weir: {written} (line {}): {warning}", call.line));
            }
        }
        match &report.result {
            Some(result) => {
                for line in &report.logs {
                    talk(&answer::escape::block(&line.text));
                }
                if report.logs_truncated {
                    talk("weir: further log text was dropped at its limit");
                }
                data(&format!("{result}\n"))
            }
            None => {
                let beside = Beside { reader: Reader::Person, ..Beside::default() };
                talk(&full_text(report, &beside, tokens_max));
                Ok(())
            }
        }
    }

    /// The program's text. One byte over the limit is read, so that the run itself can say that it is too long.
    fn source(&self, bytes_max: u64) -> Result<String, Stopped> {
        if let Some(code) = &self.code {
            return Ok(code.clone());
        }
        let path = self.file.as_deref().expect("clap requires a file without --code");
        let shown = path.display();
        let failed = |error: io::Error| {
            Stopped::new(Exit::Usage, format!("error: {shown} cannot be read: {}", config::reason(&error)))
        };
        let mut bytes = Vec::new();
        if path == Path::new("-") {
            io::stdin().lock().take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
        } else {
            File::open(path).and_then(|file| file.take(bytes_max + 1).read_to_end(&mut bytes)).map_err(failed)?;
        }
        if bytes.len() as u64 > bytes_max {
            return Err(Stopped::new(
                Exit::Usage,
                format!("error: {shown} is longer than a program may be, {} KiB", bytes_max / 1024),
            )
            .hint("raise the limit with --set limits.source_kib=…, or let tools hold the data"));
        }
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Stopped::new(Exit::Usage, format!("error: {shown} is no program: byte {at} is not UTF-8 text"))
        })
    }
}

fn ended(executed: &Executed) -> Result<&Ran, Stopped> {
    match executed {
        Executed::Ran(ran) => Ok(ran),
        Executed::Unknown { run } => {
            Err(Stopped::new(Exit::Usage, format!("error: there is no run {run}")).hint("weir runs lists them"))
        }
        Executed::Refused { why } => Err(Stopped::new(Exit::RunFailed, format!("error: {why}"))),
        Executed::Running { run } => Err(Stopped::new(
            Exit::Interrupted,
            format!("weir: stopped waiting; {run} goes on in the process that has it"),
        )),
    }
}

fn language_of(path: &Path, default: Language) -> Result<Language, Stopped> {
    match path.extension().and_then(|ending| ending.to_str()) {
        None => Ok(default),
        Some("ts" | "mts" | "cts") => Ok(Language::TypeScript),
        Some("js" | "mjs" | "cjs") => Ok(Language::JavaScript),
        Some("py") => Ok(Language::Python),
        Some("star" | "bzl") => Ok(Language::Starlark),
        Some(other) => Err(Stopped::new(Exit::Usage, format!("error: weir knows no language by the ending .{other}"))
            .hint("say which it is: --language typescript")),
    }
}
