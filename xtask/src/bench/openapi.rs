//! HTTP APIs from their descriptions: what loading them costs, what they hold, and what weir adds to a call.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::{
    client::Client,
    figure::{Figure, Samples, ms},
    setup::Setup,
};
use crate::{place, processes, step};

/// Twenty upstreams: a description and how often.
const TWENTY: [(&str, usize); 6] = [
    ("github.json", 1),
    ("kubernetes_v1.13_v2.json", 1),
    ("openai.yaml", 4),
    ("box.json", 5),
    ("discord.json", 5),
    ("slack_web_v2.json", 4),
];
const READY_WITHIN: Duration = Duration::from_secs(120);
const CALLS: usize = 100;
/// A description of one operation.
const SMALL: &str = "echo.json";

pub(crate) fn openapi(setup: &Setup) -> Result<Vec<Figure>> {
    let bench = Bench::new(setup)?;
    let mut figures = bench.github()?;
    figures.extend(bench.twenty()?);
    figures.push(bench.own_share()?);
    Ok(figures)
}

/// The group's own folder: descriptions unpacked, and a cache whose parsed ones can be thrown away.
struct Bench<'a> {
    setup: &'a Setup,
    folder: PathBuf,
}

impl<'a> Bench<'a> {
    fn new(setup: &'a Setup) -> Result<Self> {
        let folder = place::target().join("bench/openapi");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for (name, _) in TWENTY {
            let packed = place::root().join("fixtures/openapi").join(format!("{name}.gz"));
            let output = Command::new("gzip").arg("-dc").arg(&packed).output().context("cannot start gzip")?;
            ensure!(output.status.success(), "gzip cannot read {}", packed.display());
            fs::write(folder.join(name), output.stdout)?;
        }
        let description = json!({
            "openapi": "3.0.3", "info": {"title": "Echo", "version": "1"}, "servers": [{"url": "https://api.example"}],
            "paths": {"/items/{id}": {"get": {"operationId": "get_item",
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}}}},
        });
        fs::write(folder.join(SMALL), description.to_string())?;
        Ok(Self { setup, folder })
    }

    fn config(&self, name: &str, upstreams: &str) -> Result<PathBuf> {
        let path = self.folder.join(format!("{name}.toml"));
        fs::write(&path, format!("{upstreams}\n[store]\npath = \"{name}.db\"\n"))?;
        Ok(path)
    }

    /// Descriptions that were read before are forgotten; compiled guests are kept.
    fn forget(&self) {
        // Nothing is kept before the first start.
        let _ = fs::remove_dir_all(place::target().join("bench/cache/weir/descriptions"));
    }

    fn start(&self, config: &Path) -> Result<Client> {
        Client::start(&mut self.setup.command(config, &[]))
    }

    /// A gateway whose upstreams are all there, and how long that took from its start.
    fn ready(&self, config: &Path, upstreams: usize) -> Result<(Client, Duration)> {
        let begun = Instant::now();
        let mut client = self.start(config)?;
        loop {
            let there = client.execute("return Object.keys(tools).length")?;
            if there.trim() == upstreams.to_string() {
                return Ok((client, begun.elapsed()));
            }
            if begun.elapsed() > READY_WITHIN {
                bail!("{there} of {upstreams} upstreams are there after {READY_WITHIN:?}");
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// What `weir check` says of the one upstream.
    fn checked(&self, config: &Path) -> Result<Value> {
        let mut command = self.setup.command(config, &[]);
        let arguments: Vec<_> = command.get_args().skip(1).map(std::ffi::OsStr::to_owned).collect();
        let environment: Vec<_> =
            command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
        command = Command::new(self.setup.weir());
        command.args(["check", "--json"]).args(arguments).envs(environment);
        Ok(serde_json::from_str(&step::quiet(&mut command)?)?)
    }

    fn github(&self) -> Result<Vec<Figure>> {
        let config = self.config("github", "[upstream.github]\nopenapi = \"github.json\"\n")?;
        let small = self.config("small", &format!("[upstream.api]\nopenapi = \"{SMALL}\"\n"))?;
        let (mut cold, mut cached) = (Vec::new(), Vec::new());
        for _ in 0..self.setup.times(30) {
            self.forget();
            cold.push(start_time(&self.checked(&config)?)?);
            cached.push(start_time(&self.checked(&config)?)?);
        }
        self.forget();
        let (client, _) = self.ready(&config, 1)?;
        let peak = processes::peak_kib(client.pid()).context("the gateway is gone")?;
        drop(client);
        let (client, _) = self.ready(&config, 1)?;
        let resident = processes::memory_kib(client.pid()).context("the gateway is gone")?;
        let (client_without, _) = self.ready(&small, 1)?;
        let without = processes::memory_kib(client_without.pid()).context("the gateway is gone")?;
        Ok(vec![
            Figure::new(
                "GitHub's description (13 MB, 1 223 operations), read",
                ms(Samples::new(cold).median()),
                "≤ 1 s",
            ),
            Figure::new("the same, read before", ms(Samples::new(cached).median()), "≤ 100 ms"),
            Figure::new("gateway's peak while it is read", mb(peak), "≤ 150 MB"),
            Figure::new(
                "gateway with it, resident",
                format!("{} ({} more)", mb(resident), mb(resident.saturating_sub(without))),
                "≤ 40 MB more",
            )
            .direct(format!("{} with one operation", mb(without))),
        ])
    }

    /// Nothing is sent: some descriptions name no server, and none of theirs is asked.
    fn twenty(&self) -> Result<Vec<Figure>> {
        let mut upstreams = String::new();
        let mut count = 0;
        for (file, times) in TWENTY {
            for at in 0..times {
                count += 1;
                let name = file.split(['.', '_']).next().unwrap_or(file);
                upstreams.push_str(&format!(
                    "[upstream.{name}{at}]\nopenapi = \"{file}\"\nbase_url = \"https://api.example\"\n"
                ));
            }
        }
        let config = self.config("twenty", &upstreams)?;
        self.ready(&config, count)?;
        let checked = self.checked(&config)?;
        let tools: u64 =
            checked["upstreams"].as_array().into_iter().flatten().filter_map(|up| up["tools"].as_u64()).sum();
        let mut starts = Vec::new();
        for _ in 0..self.setup.times(10) {
            starts.push(self.ready(&config, count)?.1);
        }
        let (mut client, _) = self.ready(&config, count)?;
        let queries = [
            "list open issues of a repository",
            "create a chat completion",
            "upload a file",
            "ban a member of a guild",
            "list pods",
        ];
        let mut at = 0;
        let mut ask = |client: &mut Client| -> Result<()> {
            at += 1;
            client.call("search", &json!({"query": queries[at % queries.len()]})).map(drop)
        };
        client.times(20, &mut ask)?;
        let searches = Samples::new(client.times(self.setup.times(500), &mut ask)?);
        let resident = processes::memory_kib(client.pid()).context("the gateway is gone")?;
        let search = format!("{} / {}", ms(searches.median()), ms(searches.quantile(0.99)));
        let what = format!("{count} APIs, {tools} operations");
        Ok(vec![
            Figure::new(format!("{what}: resident after searches"), mb(resident), "≤ 150 MB"),
            Figure::new(format!("{what}: search p50 / p99"), search, "≤ 2 ms"),
            Figure::new(
                format!("{what}: process start to all of them callable, read before"),
                ms(Samples::new(starts).median()),
                "≤ 1.5 s",
            ),
            Figure::new(format!("{what}: tokens of the surface"), checked["surface_tokens"].to_string(), "≤ 600")
                .direct(format!("{} tokens", direct_tokens(&checked))),
        ])
    }

    /// A call through weir beside the same request over a plain connection, in the same run.
    fn own_share(&self) -> Result<Figure> {
        let address = serve()?;
        let upstream =
            format!("[upstream.api]\nopenapi = \"{SMALL}\"\nbase_url = \"http://{address}\"\nallow_private = true\n");
        let (mut client, _) = self.ready(&self.config("echo", &upstream)?, 1)?;
        let code = format!("for (let i = 0; i < {CALLS}; i++) await api.get_item({{id: 'x'}}); return 1");
        client.times(5, |client| client.execute(&code).map(drop))?;
        let mut plain = TcpStream::connect(address)?;
        plain.set_nodelay(true)?;
        let (mut through, mut direct) = (Vec::new(), Vec::new());
        // Turn by turn, so that both see the same machine.
        for _ in 0..self.setup.times(100) {
            let begun = Instant::now();
            client.execute(&code)?;
            through.push(begun.elapsed());
            let begun = Instant::now();
            (0..CALLS).try_for_each(|_| ask(&mut plain, address))?;
            direct.push(begun.elapsed());
        }
        let each = |samples: Vec<Duration>| Samples::new(samples).median() / CALLS as u32;
        let (through, direct) = (each(through), each(direct));
        let share = through.saturating_sub(direct);
        let measured = format!("{} ({} in all)", ms(share), ms(through));
        Ok(Figure::new("weir's own share of one HTTP call, p50", measured, "≤ 0.3 ms").direct(ms(direct)))
    }
}

fn mb(kib: u64) -> String {
    format!("{:.0} MB", kib as f64 / 1024.0)
}

fn start_time(checked: &Value) -> Result<Duration> {
    let ms = checked["upstreams"][0]["start_ms"].as_u64();
    Ok(Duration::from_millis(ms.with_context(|| format!("the upstream is not ready: {checked}"))?))
}

fn direct_tokens(checked: &Value) -> u64 {
    checked["upstreams"].as_array().into_iter().flatten().filter_map(|up| up["definition_tokens"].as_u64()).sum()
}

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 25\r\n\r\n{\"id\":\"x\",\"title\":\"item\"}";

/// The smallest server there is: one answer to every request without a body.
fn serve() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || answer(stream));
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let (mut buffer, mut held) = ([0; 4096], Vec::new());
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        held.extend_from_slice(&buffer[..read]);
        while let Some(end) = held.windows(4).position(|window| window == b"\r\n\r\n") {
            held.drain(..end + 4);
            if stream.write_all(ANSWER).is_err() {
                return;
            }
        }
    }
}

fn ask(stream: &mut TcpStream, address: SocketAddr) -> Result<()> {
    write!(stream, "GET /items/x HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\n\r\n")?;
    let mut answer = vec![0; ANSWER.len()];
    stream.read_exact(&mut answer)?;
    ensure!(answer == ANSWER, "another answer than the server's");
    Ok(())
}
