//! `weir run`: one snippet, run as an agent's would be.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::FutureExt;
use weir_bridge::{Observer, RunEvent};
use weir_model::{Language, PrincipalId, RunStatus};

use super::{
    Global,
    exit::{Exit, Stopped},
    screen::{data, talk},
    signal, start,
};
use crate::{
    answer, config,
    gateway::{ExecuteRequest, Executed},
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
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Run {
    /// The program's file, or - for standard input
    #[arg(required_unless_present = "code", conflicts_with = "code")]
    file: Option<PathBuf>,
    /// The program itself
    #[arg(long)]
    code: Option<String>,
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
        let code = self.source(loaded.effective.limits.source_bytes)?;
        let language = match self.language {
            Some(language) => language,
            None => {
                let default = loaded.effective.language;
                self.file.as_deref().map_or(Ok(default), |file| language_of(file, default))?
            }
        };
        let gateway = start::gateway(&loaded.effective)?;
        gateway.prepare(language);
        tokio::select! {
            () = start::settled(&gateway, &loaded.effective) => {}
            () = stop.cancelled() => {}
        }
        start::tell_absent(&gateway.statuses());
        let executed = gateway
            .execute(ExecuteRequest {
                principal: PrincipalId::new("local"),
                code: Arc::from(code),
                language,
                observer: Some(Arc::new(Watch)),
                cancel: stop.clone().cancelled_owned().boxed(),
                traceparent: None,
            })
            .await;
        gateway.shutdown().await;
        self.show(&executed, gateway.limits().result_tokens as usize)?;
        Ok(match executed.report.status {
            RunStatus::Completed => Exit::Ok,
            RunStatus::Failed => Exit::RunFailed,
            RunStatus::Cancelled => Exit::Interrupted,
        })
    }

    fn show(&self, executed: &Executed, tokens_max: usize) -> Result<(), Stopped> {
        let report = &executed.report;
        if self.json {
            return data(&format!("{:#}\n", answer::report::json(report)));
        }
        if self.as_model {
            return data(&format!("{}\n", answer::execute::text(report, executed.shown.as_deref(), tokens_max)));
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
                talk(&answer::execute::text(report, None, tokens_max));
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
