//! The inverted index and its scan. Compact: one blob of terms, one array of postings, nothing per posting on the heap.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde_json::Value;
use weir_model::{Tool, limits};

use super::{synonym, word::Terms};
use crate::{access::Access, entry::Entry, schema};

/// How soon a repeated word stops adding.
const K1: f32 = 0.9;
/// How much a long field dilutes its words, by field.
const B: [f32; FIELDS] = [0.3, 0.9, 0.9];
/// Name (with title and upstream), description, parameter names.
const WEIGHTS: [f32; FIELDS] = [2.0, 1.0, 0.4];
const FIELDS: usize = 3;
const SYNONYM_WEIGHT: f32 = 0.2;
/// Words of a description that count; the rest is usually examples.
const DESCRIPTION_TERMS_MAX: usize = 400;
/// Words of a query that count.
const QUERY_TERMS_MAX: usize = 100;
/// The word by which deprecated tools are found.
const DEPRECATED: &str = "deprecated";
/// Below this nothing is suitable. A best hit's strength is the geometric mean of two shares: of what a perfect match
/// of the whole query would score, and of what one word that no tool has would be worth. Either alone is misled, by
/// long queries or by rare words. The dev corpus, asked for its own tools and for those of other sources only:
/// .11 refuses 13 % of the latter (20 to 35 % where there are 50 tools) and loses .2 % of the right answers; .15 would
/// refuse 25 % and lose .8 %, .20 43 % and 2.4 %.
const SUITABLE: f32 = 0.11;

/// One tool found.
#[derive(Debug, Clone)]
pub struct Hit {
    pub entry: Arc<Entry>,
    /// Comparable within one query only.
    pub score: f32,
}

#[derive(Debug, Clone, Copy)]
struct Posting {
    doc: u32,
    /// Occurrences by field, saturating.
    counts: [u8; FIELDS],
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: Vec<Arc<Entry>>,
    /// All terms, sorted, end to end.
    terms: String,
    /// Where term `n` ends in `terms`, and its postings in `postings`.
    ends: Vec<(u32, u32)>,
    postings: Vec<Posting>,
    /// Words by field, of each tool.
    lengths: Vec<[u16; FIELDS]>,
    /// Tools their upstream advises against, in order.
    deprecated: Vec<u32>,
}

impl Index {
    pub(crate) fn build(entries: Vec<Arc<Entry>>) -> Self {
        let terms = Terms::new();
        let mut stems: HashMap<String, Vec<Posting>> = HashMap::new();
        let mut index = Self::default();
        for (doc, entry) in entries.iter().enumerate() {
            let doc = u32::try_from(doc).expect("tools are bounded per upstream");
            if entry.tool().deprecated {
                index.deprecated.push(doc);
            }
            let fields = [
                name_terms(entry, &terms),
                description_terms(entry.tool(), &terms),
                parameter_terms(entry.tool(), &terms),
            ];
            index.lengths.push(std::array::from_fn(|f| u16::try_from(fields[f].len()).unwrap_or(u16::MAX)));
            for (field, terms) in fields.into_iter().enumerate() {
                for term in terms {
                    let postings = stems.entry(term).or_default();
                    if postings.last().is_none_or(|last| last.doc != doc) {
                        postings.push(Posting { doc, counts: [0; FIELDS] });
                    }
                    let last = postings.last_mut().expect("pushed above");
                    last.counts[field] = last.counts[field].saturating_add(1);
                }
            }
        }
        for (term, postings) in stems.into_iter().collect::<BTreeMap<_, _>>() {
            index.terms.push_str(&term);
            index.postings.extend(postings);
            let end = |len: usize| u32::try_from(len).expect("an index holds less than 4 GiB");
            index.ends.push((end(index.terms.len()), end(index.postings.len())));
        }
        index.entries = entries;
        index.terms.shrink_to_fit();
        index.ends.shrink_to_fit();
        index.postings.shrink_to_fit();
        index
    }

    pub(crate) fn search(&self, query: &str, limit: usize, access: &dyn Access) -> Vec<Hit> {
        let (view, named) = self.view(query, access);
        let query = Query::new(query);
        let mut scores = vec![0_f32; self.lengths.len()];
        let mut perfect = 0.0;
        for (term, weight) in &query.terms {
            let postings = self.postings(term);
            let known = postings.iter().filter(|posting| view.sees(posting.doc)).count();
            let rarity = view.rarity(known);
            if *weight >= 1.0 {
                perfect += rarity * weight;
            }
            for posting in postings.iter().filter(|posting| view.sees(posting.doc)) {
                scores[posting.doc as usize] += weight * rarity * view.saturation(posting);
            }
        }
        let best = scores.iter().copied().fold(0.0, f32::max);
        if let Some(named) = named {
            // Whoever names it means it, however little its words are worth.
            scores[named as usize] = best.max(f32::MIN_POSITIVE) * 2.0;
        } else if best <= 0.0 || (best / perfect) * (best / view.rarity(0)) < SUITABLE * SUITABLE {
            return Vec::new();
        }
        let mut found: Vec<(f32, usize)> = scores.into_iter().zip(0..).filter(|(score, _)| *score > 0.0).collect();
        let best_first =
            |a: &(f32, usize), b: &(f32, usize)| b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal).then(a.1.cmp(&b.1));
        if found.len() > limit && limit > 0 {
            found.select_nth_unstable_by(limit - 1, best_first);
        }
        found.truncate(limit);
        found.sort_unstable_by(best_first);
        found.into_iter().map(|(score, doc)| Hit { entry: Arc::clone(&self.entries[doc]), score }).collect()
    }

    /// What a query looks at. Deprecated tools are out of sight unless it asks for such, or for one by its name: then
    /// the number of that one is given, too.
    fn view(&self, query: &str, access: &dyn Access) -> (View<'_>, Option<u32>) {
        let query = query.trim();
        let sees = |entry: &Entry| access.sees(&entry.tool().id);
        let named = self.deprecated.iter().copied().find(|&doc| {
            let entry = &self.entries[doc as usize];
            (*entry.tool().id.name == *query || entry.path() == query) && sees(entry)
        });
        let is_asked = query.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case(DEPRECATED));
        let hidden: &[u32] = if is_asked { &[] } else { &self.deprecated };
        if access.sees_everything() && hidden.is_empty() {
            return (View::new(self, None), named);
        }
        let mut visible: Vec<bool> = self.entries.iter().map(|entry| sees(entry)).collect();
        for &doc in hidden.iter().filter(|&&doc| named != Some(doc)) {
            visible[doc as usize] = false;
        }
        (View::new(self, Some(visible)), named)
    }

    fn postings(&self, term: &str) -> &[Posting] {
        let start = |n: usize| if n == 0 { (0, 0) } else { self.ends[n - 1] };
        let text = |n: usize| &self.terms[start(n).0 as usize..self.ends[n].0 as usize];
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match text(middle).cmp(term) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return &self.postings[start(middle).1 as usize..self.ends[middle].1 as usize],
            }
        }
        &[]
    }
}

/// The index as one query sees it: what is hidden does not count towards any number.
struct View<'a> {
    index: &'a Index,
    /// `None`: everything is visible.
    visible: Option<Vec<bool>>,
    tools: f32,
    /// Mean words by field.
    means: [f32; FIELDS],
}

impl<'a> View<'a> {
    fn new(index: &'a Index, visible: Option<Vec<bool>>) -> Self {
        let mut sums = [0_u64; FIELDS];
        let mut tools = 0_u32;
        for (doc, lengths) in index.lengths.iter().enumerate() {
            if visible.as_ref().is_none_or(|visible| visible[doc]) {
                tools += 1;
                (0..FIELDS).for_each(|f| sums[f] += u64::from(lengths[f]));
            }
        }
        let tools = tools as f32;
        Self { index, visible, tools, means: sums.map(|sum| (sum as f32 / tools.max(1.0)).max(1.0)) }
    }

    fn sees(&self, doc: u32) -> bool {
        self.visible.as_ref().is_none_or(|visible| visible[doc as usize])
    }

    /// Inverse document frequency, never negative.
    fn rarity(&self, known: usize) -> f32 {
        let known = known as f32;
        (1.0 + (self.tools - known + 0.5) / (known + 0.5)).ln()
    }

    /// 0 to 1: how much of a word's worth this tool earns.
    fn saturation(&self, posting: &Posting) -> f32 {
        let lengths = &self.index.lengths[posting.doc as usize];
        let mut count = 0.0;
        for field in 0..FIELDS {
            if posting.counts[field] > 0 {
                let dilution = 1.0 - B[field] + B[field] * f32::from(lengths[field]) / self.means[field];
                count += WEIGHTS[field] * f32::from(posting.counts[field]) / dilution;
            }
        }
        count / (K1 + count)
    }
}

/// A query's terms with their weights, synonyms among them.
struct Query {
    terms: Vec<(String, f32)>,
}

impl Query {
    fn new(text: &str) -> Self {
        let end = text.char_indices().nth(limits::SEARCH_QUERY_CHARS_MAX).map_or(text.len(), |(end, _)| end);
        let mut terms: Vec<(String, f32)> = Vec::new();
        for term in Terms::new().of(&text[..end]).into_iter().take(QUERY_TERMS_MAX) {
            if !terms.iter().any(|(known, _)| *known == term) {
                terms.push((term, 1.0));
            }
        }
        for at in 0..terms.len() {
            for synonym in synonym::of(&terms[at].0) {
                if !terms.iter().any(|(known, _)| known == synonym) {
                    terms.push((synonym.clone(), SYNONYM_WEIGHT));
                }
            }
        }
        Self { terms }
    }
}

fn name_terms(entry: &Entry, terms: &Terms) -> Vec<String> {
    let tool = entry.tool();
    let mut found = terms.of(&tool.id.name);
    let upstream = terms.of(tool.id.upstream.as_str());
    for term in upstream.into_iter().chain(terms.of(tool.title.as_deref().unwrap_or_default())) {
        if !found.contains(&term) {
            found.push(term);
        }
    }
    found
}

fn description_terms(tool: &Tool, terms: &Terms) -> Vec<String> {
    let mut found = terms.of(tool.description.as_deref().unwrap_or_default());
    found.truncate(DESCRIPTION_TERMS_MAX);
    if tool.deprecated {
        found.extend(terms.of(DEPRECATED));
    }
    found
}

fn parameter_terms(tool: &Tool, terms: &Terms) -> Vec<String> {
    let Ok(Value::Object(schema)) = schema::parse(&tool.input_schema) else { return Vec::new() };
    let names = schema.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name);
    names.take(100).flat_map(|name| terms.of(name)).collect()
}
