//! `weir demo`: the whole idea on the real path, with nothing shown that was not measured in that run.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use weir_catalog::{Catalog, tokens};
use weir_model::{Language, RunStatus, UpstreamName};
use weir_store::{Location, Store};
use weir_upstream::{Transport, UpstreamConfig, UpstreamState};

use super::{
    Global,
    exit::{Exit, Stopped},
    screen::{BOLD, DIM, data, grouped, styled, talk},
    signal, start,
};
use crate::{
    answer,
    config::{self, Effective, Surroundings},
    gateway::{ExecuteRequest, Executed, Gateway, Program, Ran, local},
    shop::Shop,
    surface::{self, RosterCell},
};

mod bill;
mod scene;
mod watch;

use bill::Bill;
use watch::{Call, Watch};

const TASK: &str = "Which customers have invoices more than 30 days overdue? Total each, and draft a \
                    reminder to the one who owes most, naming the goods.";
const QUERIES: [&str; 3] = ["list unpaid invoices", "orders with their items, and customers", "create a mail draft"];
const HITS: usize = 2;
/// The program as a model would write it: prepared, since no model takes part; everything it does is real.
const PROGRAM: &str = include_str!("demo/task.ts");
/// From here on a silence wants explaining.
const SILENCE: Duration = Duration::from_millis(400);

/// See the whole idea in a second, without any configuration
///
/// A small online shop is built in: an MCP server with a dozen tools, started as its own
/// process. The demo runs a real task against it, through the real gateway and sandbox, and
/// counts what the task costs a model's context with weir and without.
///
/// Examples:
///   weir demo
///   weir demo --stdio        serve the shop itself to any MCP client
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Demo {
    /// Serve the shop on standard input and output, as an MCP server
    #[arg(long)]
    stdio: bool,
    /// Print the figures as JSON
    #[arg(long, conflicts_with = "stdio")]
    json: bool,
}

impl Demo {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        if self.stdio {
            Shop::new().serve_stdio().await.map_err(Stopped::internal)?;
            return Ok(Exit::Ok);
        }
        if global.config.is_some() {
            return Err(Stopped::new(Exit::Usage, "error: the demo takes no configuration").hint("leave --config out"));
        }
        let began = Instant::now();
        let stop = signal::stop_asked()?;
        let effective = in_front_of_the_shop(&global.set)?;
        let store = Store::open(Location::Memory).await.map_err(Stopped::internal)?;
        let gateway = start::gateway(&effective, store)?;
        gateway.prepare(Language::TypeScript);
        let shown = tokio::select! {
            shown = self.show(&gateway, &effective, began) => shown,
            () = stop.cancelled() => Err(Stopped::new(Exit::Interrupted, "weir: stopped")),
        };
        gateway.shutdown().await;
        shown
    }

    async fn show(&self, gateway: &Arc<Gateway>, effective: &Effective, began: Instant) -> Result<Exit, Stopped> {
        let say = |text: String| if self.json { Ok(()) } else { data(&text) };
        start::settled(gateway, effective).await;
        let mut bill = Bill::default();
        match gateway.statuses().first().map(|status| status.state.clone()) {
            Some(UpstreamState::Ready { tools, .. }) => bill.list(&tools),
            Some(UpstreamState::Absent { reason }) => return Err(shop_absent(&reason)),
            _ => return Err(shop_absent("it has not answered in its time")),
        }
        let catalog = gateway.catalog();
        say(opening(&catalog, &mut bill))?;
        say(search(gateway, &catalog, &mut bill))?;
        bill.weir_program = tokens::count(&json!({ "code": PROGRAM }).to_string());
        let aside = format!("{} tokens; prepared here, no model takes part", grouped(bill.weir_program));
        say(scene::heading("3  It writes one program", &aside))?;
        say(scene::program(PROGRAM))?;
        say(scene::heading("4  weir runs it", "what the calls return stays out of the model's context"))?;
        self.prepared(gateway).await?;
        let executed = self.execute(gateway, &mut bill).await?;
        if bill.calls != executed.report.calls.len() {
            return Err(Stopped::internal("the demo has lost sight of a call; its figures would be wrong"));
        }
        let answer =
            answer::execute::text(&executed.report, executed.shown.as_deref(), gateway.limits().result_tokens as usize);
        bill.weir_answer = tokens::count(&answer);
        say(scene::heading(
            "5  The answer, all that the model reads",
            &format!("{} tokens", grouped(bill.weir_answer)),
        ))?;
        say(scene::wrapped(&answer))?;
        if executed.report.status != RunStatus::Completed {
            return Err(Stopped::new(Exit::RunFailed, format!("error: the demo's program failed\n{answer}")));
        }
        if self.json {
            let mut figures = bill.json();
            figures["wall_ms"] = json!(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
            data(&format!("{figures:#}\n"))?;
        }
        say(scene::bill(&bill))?;
        let took = format!("everything measured in this run, {} ms from start to end", began.elapsed().as_millis());
        say(format!("  {}\n", styled(DIM, &took)))?;
        Ok(Exit::Ok)
    }

    /// Waits for the sandbox; a wait that is noticed is explained.
    async fn prepared(&self, gateway: &Gateway) -> Result<(), Stopped> {
        let prepared = gateway.prepared(Language::TypeScript);
        tokio::pin!(prepared);
        if let Ok(done) = tokio::time::timeout(SILENCE, &mut prepared).await {
            return done.map_err(Stopped::internal);
        }
        talk("  (the sandbox's engine is compiled now, once; later starts use the result)");
        prepared.await.map_err(Stopped::internal)
    }

    /// Runs the program, showing each call when it ends.
    async fn execute(&self, gateway: &Arc<Gateway>, bill: &mut Bill) -> Result<Arc<Ran>, Stopped> {
        let (watch, mut calls) = Watch::new();
        let run = gateway.execute(ExecuteRequest {
            principal: local(),
            program: Program::New {
                code: Arc::from(PROGRAM),
                language: Language::TypeScript,
                plan: false,
                resumes: None,
            },
            wait: None,
            observer: Some(watch),
            cancel: Box::pin(std::future::pending()),
            traceparent: None,
        });
        tokio::pin!(run);
        let show = |call: &Call, bill: &mut Bill| {
            let tokens = bill.call(call);
            if self.json { Ok(()) } else { data(&scene::call(call, tokens)) }
        };
        let executed = loop {
            tokio::select! {
                biased;
                Some(call) = calls.recv() => show(&call, bill)?,
                executed = &mut run => break executed,
            }
        };
        while let Ok(call) = calls.try_recv() {
            show(&call, bill)?;
        }
        match executed {
            Executed::Ran(ran) => Ok(ran),
            _ => Err(Stopped::internal("the demo has lost sight of its run")),
        }
    }
}

/// The configuration of the demo: one upstream, this very executable.
fn in_front_of_the_shop(set: &[String]) -> Result<Effective, Stopped> {
    let program = std::env::current_exe()
        .map_err(|error| Stopped::internal(format!("weir cannot find its own executable: {error}")))?;
    let shop = Transport::Stdio {
        command: program.display().to_string(),
        args: vec!["demo".into(), "--stdio".into()],
        env: Vec::new(),
        cwd: Some(Path::new("/").to_path_buf()),
    };
    let name = UpstreamName::new("shop").map_err(Stopped::internal)?;
    let mut effective = config::without_file(set, &Surroundings::of_process())?.effective;
    effective.upstreams.push(UpstreamConfig::new(name, shop));
    Ok(effective)
}

fn opening(catalog: &Catalog, bill: &mut Bill) -> String {
    let definitions = json!(surface::definitions(&RosterCell::default().of(catalog).text, Language::TypeScript));
    bill.weir_definitions = tokens::count(&definitions.to_string());
    let (ours, theirs) = (grouped(bill.weir_definitions), grouped(bill.direct_definitions));
    let aside = format!("{ours} tokens; the shop's own {} tools: {theirs}", bill.tools);
    let mut text = format!("{} · one task, one program, one small answer\n", styled(BOLD, "weir demo"));
    text.push_str(&scene::heading("1  The model sees three tools: search, get_schema, execute", &aside));
    text.push_str(&scene::wrapped(&format!("The task: {TASK}")));
    text
}

fn search(gateway: &Gateway, catalog: &Catalog, bill: &mut Bill) -> String {
    let queries = QUERIES.map(str::to_owned);
    let roster = RosterCell::default().of(catalog);
    let answer =
        answer::search::text(catalog, &*gateway.access(&local()), &queries, HITS, Language::TypeScript, &roster.text);
    let asked = json!({ "queries": QUERIES, "limit": HITS }).to_string();
    bill.weir_search = tokens::count(&asked) + tokens::count(&answer);
    let aside = format!("{} tokens with the answer", grouped(bill.weir_search));
    scene::heading("2  It searches", &aside) + &scene::block(&answer)
}

fn shop_absent(reason: &str) -> Stopped {
    let reason = answer::escape::line(reason, 1_000);
    Stopped::new(Exit::Unavailable, format!("error: the demo's shop did not start: {reason}"))
}
