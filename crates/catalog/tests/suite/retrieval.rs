//! Search quality on the labelled corpus of `fixtures/retrieval`, scored as its `score.py` does.
//!
//! Two settings: *scoped*, where only tools of the query's own source are visible, and *global*, where all compete.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::File,
    io::{BufRead, BufReader},
    path::PathBuf,
};

use flate2::read::GzDecoder;
use serde_json::Value;
use weir_catalog::{Access, Catalog, Everything, Listing, ListingState};
use weir_model::{Tool, ToolId, UpstreamName};

const FOUND: usize = 30;

struct Corpus {
    catalog: Catalog,
    /// Corpus ids.
    ids: HashMap<ToolId, String>,
    queries: Vec<Value>,
}

/// One source's tools only: those whose upstream's name ends in as many marks as the source has before it.
struct Pool {
    source: &'static str,
    marks: usize,
}

const SOURCES: [&str; 8] =
    ["bfcl", "bifrost", "mcpproxy", "metatool", "restbench", "sealtools", "toolalpaca", "toucan"];

impl Pool {
    fn new(source: &str) -> Self {
        let marks = SOURCES.iter().position(|known| *known == source).unwrap();
        Self { source: SOURCES[marks], marks }
    }
}

impl Access for Pool {
    fn sees(&self, tool: &ToolId) -> bool {
        tool.upstream.as_str().bytes().rev().take_while(|byte| *byte == b'!').count() == self.marks
    }
}

fn read(name: &str) -> Vec<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/retrieval/dev").join(name);
    let file = BufReader::new(GzDecoder::new(File::open(path).unwrap()));
    file.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// One upstream per server and source, as the servers would be connected.
fn corpus() -> Corpus {
    let mut ids = HashMap::new();
    let mut servers: BTreeMap<(String, String), Vec<Tool>> = BTreeMap::new();
    let mut names: HashMap<String, String> = HashMap::new();
    for tool in read("tools.jsonl.gz") {
        let (server, source) = (text(&tool, "server"), text(&tool, "source"));
        let mut name: String = server.chars().filter(|c| !c.is_control() && *c != '/').take(56).collect();
        let mut n = 1;
        while names.get(&name).is_some_and(|owner| *owner != format!("{source} {server}")) {
            n += 1;
            name = format!("{} {n}", name.trim_end_matches(|c: char| c.is_ascii_digit()).trim());
        }
        let name = name.trim().to_owned();
        let marks = "!".repeat(Pool::new(&source).marks);
        names.insert(name.clone(), format!("{source} {server}"));
        // A few servers list two tools of one name; the corpus tells them apart by a suffix of the id.
        let copy = text(&tool, "id").rsplit_once('~').map(|(_, copy)| format!(" {copy}")).unwrap_or_default();
        let id = ToolId {
            upstream: UpstreamName::new(&format!("{name}{marks}")).unwrap(),
            name: (text(&tool, "name") + &copy).into(),
        };
        let known = ids.insert(id.clone(), text(&tool, "id"));
        assert!(known.is_none(), "{id} twice");
        let input_schema =
            if tool["input_schema"].is_object() { tool["input_schema"].to_string() } else { "{}".to_owned() };
        let description = tool["description"].as_str().map(str::to_owned);
        servers.entry((name, source)).or_default().push(Tool { description, ..Tool::new(id, input_schema) });
    }
    let listings = servers.into_values().map(|tools| Listing {
        upstream: tools[0].id.upstream.clone(),
        state: ListingState::Listed { tools, warnings: Vec::new() },
    });
    Corpus { catalog: Catalog::build(1, listings.collect()), ids, queries: read("queries.jsonl.gz") }
}

fn ranking(corpus: &Corpus, query: &Value, access: &dyn Access) -> Vec<String> {
    let hits = corpus.catalog.search(query["query"].as_str().unwrap(), FOUND, access);
    hits.iter().map(|hit| corpus.ids[&hit.entry.tool().id].clone()).collect()
}

/// Recall at 5 as `score.py` defines it.
fn recall(ranking: &[String], query: &Value) -> f64 {
    let set = |key: &str| query[key].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect::<HashSet<_>>();
    let (relevant, acceptable) = (set("relevant"), set("acceptable"));
    let counted = ranking.iter().filter(|id| relevant.contains(id.as_str()) || !acceptable.contains(id.as_str()));
    let hits = counted.take(5).filter(|id| relevant.contains(id.as_str())).count();
    hits as f64 / relevant.len().min(5) as f64
}

/// The mean over the sources of the mean over each source's queries.
fn macro_mean(scores: &[(String, f64)]) -> f64 {
    let mut sources: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (source, score) in scores {
        sources.entry(source).or_default().push(*score);
    }
    let means: Vec<f64> = sources.values().map(|scores| scores.iter().sum::<f64>() / scores.len() as f64).collect();
    means.iter().sum::<f64>() / means.len() as f64
}

#[test]
fn recall_at_five_on_the_labelled_corpus() {
    let corpus = corpus();
    let (mut scoped, mut global) = (Vec::new(), Vec::new());
    for query in &corpus.queries {
        let (source, pool) = (text(query, "source"), text(query, "pool"));
        let own = ranking(&corpus, query, &Pool::new(&pool));
        let all = ranking(&corpus, query, &Everything);
        scoped.push((source.clone(), recall(&own, query)));
        global.push((source, recall(&all, query)));
    }
    let (scoped, global) = (macro_mean(&scoped), macro_mean(&global));
    assert!(scoped >= 0.74, "scoped R@5 {scoped:.4}");
    assert!(global >= 0.57, "global R@5 {global:.4}");
}

/// Asked for what no tool does: a small server's tools, and queries written for quite other ones.
#[test]
fn impossible_queries_often_find_nothing() {
    let corpus = corpus();
    for (pool, refused_min) in [("mcpproxy", 0.15), ("restbench", 0.2), ("toolalpaca", 0.25)] {
        let pool = Pool::new(pool);
        let foreign = corpus.queries.iter().filter(|query| query["pool"] != pool.source).step_by(5);
        let refused: Vec<bool> = foreign.map(|query| ranking(&corpus, query, &pool).is_empty()).collect();
        let share = refused.iter().filter(|refused| **refused).count() as f64 / refused.len() as f64;
        assert!(share >= refused_min, "{}: {share:.3}", pool.source);
    }
    for nonsense in ["", "   ", "the of and", "qwertyuiop zxcvb", "🦀🦀"] {
        assert!(corpus.catalog.search(nonsense, 5, &Everything).is_empty(), "{nonsense:?}");
    }
    let hits = corpus.catalog.search("read a file", 0, &Everything);
    assert!(hits.is_empty(), "a limit of 0 is no tool");
}

/// Deprecated tools are out of sight unless they are asked for, by the word or by the name.
#[test]
fn c13_deprecated_tools_are_found_when_asked_for() {
    let name = UpstreamName::new("shop").unwrap();
    let tool = |raw: &str, deprecated: bool| Tool {
        description: Some("Lists the orders of a customer".to_owned()),
        deprecated,
        ..Tool::new(ToolId { upstream: name.clone(), name: raw.into() }, r#"{"type":"object"}"#)
    };
    let tools = vec![tool("list-orders", false), tool("list-orders-v1", true), tool("orders_all", true)];
    let state = ListingState::Listed { tools, warnings: Vec::new() };
    let catalog = Catalog::build(1, vec![Listing { upstream: name.clone(), state }]);
    for (query, found) in [
        ("list orders of a customer", "list_orders"),
        ("orders all", "list_orders"),
        ("list orders v1", "list_orders"),
        ("deprecated ways to list orders", "list_orders_v1 orders_all list_orders"),
        ("Deprecated", "list_orders_v1 orders_all"),
        ("list-orders-v1", "list_orders_v1 list_orders"),
        (" shop.list_orders_v1 ", "list_orders_v1 list_orders"),
        ("shop.orders_all", "orders_all list_orders"),
    ] {
        let hits = catalog.search(query, 5, &Everything);
        let members: Vec<&str> = hits.iter().map(|hit| hit.entry.member()).collect();
        assert_eq!(members.join(" "), found, "{query}");
    }
    let entry = catalog.resolve_path("shop.orders_all").unwrap();
    let line = entry.signature(weir_model::Language::TypeScript);
    assert!(line.ends_with("[write] [deprecated]"), "{line}");
    // Hidden ones stay hidden, however exactly they are named.
    struct Nothing;
    impl Access for Nothing {
        fn sees(&self, _tool: &ToolId) -> bool {
            false
        }
    }
    assert!(catalog.search("shop.orders_all", 5, &Nothing).is_empty());
}
