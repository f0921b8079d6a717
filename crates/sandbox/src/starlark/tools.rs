#![expect(unsafe_code, reason = "starlark's derives for a type of value write it; nothing else here does")]
//! The tools as a snippet names them: `github.list_issues(owner="o")`, `tools["my-server"]["raw-name"](owner="o")`.
//!
//! Names only. What a name means, and whether it may be called, is decided on the other side, at the call.

use std::{fmt, sync::Arc};

use allocative::Allocative;
use starlark::{
    any::ProvidesStaticType,
    collections::SmallMap,
    eval::{Arguments, Evaluator},
    starlark_simple_value,
    values::{
        Heap, NoSerialize, StarlarkPagablePanic, StarlarkValue, StringValue, Value, dict::DictRef, starlark_value,
    },
};
use weir_model::limits;

use super::{
    fiber::{Fiber, RunOver, line_of_call, misuse},
    json_in::{self, NotJson},
    json_out::{self, Form},
    pages::{self, Walk},
    scan,
};
use crate::source::Bindings;

/// What a tool's pages go by.
const PAGES: &str = "pages";

/// `tools`, a namespace of it, a tool of that, or its pages.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, StarlarkPagablePanic, Allocative)]
pub(super) struct Tools {
    #[allocative(skip)]
    bindings: Arc<Bindings>,
    namespace: Option<String>,
    member: Option<String>,
    /// The tool's pages.
    paged: bool,
}

starlark_simple_value!(Tools);

impl Tools {
    pub(super) fn all(bindings: &Arc<Bindings>) -> Self {
        Self { bindings: Arc::clone(bindings), namespace: None, member: None, paged: false }
    }

    pub(super) fn namespace(bindings: &Arc<Bindings>, name: &str) -> Self {
        Self { namespace: Some(name.to_owned()), ..Self::all(bindings) }
    }

    pub(super) fn is_namespace(&self, name: &str) -> bool {
        self.namespace.as_deref() == Some(name) && self.member.is_none()
    }

    /// What goes by `name` in here.
    fn inner(&self, name: &str) -> Option<Self> {
        let mut inner = self.clone();
        match (&self.namespace, &self.member) {
            (_, Some(_)) if name == PAGES && !self.paged => inner.paged = true,
            (_, Some(_)) => return None,
            (Some(_), None) => inner.member = Some(name.to_owned()),
            (None, None) => inner.namespace = Some(name.to_owned()),
        }
        Some(inner)
    }

    fn has(&self, name: &str) -> bool {
        match (&self.namespace, &self.member) {
            (_, Some(_)) => name == PAGES && !self.paged,
            (Some(namespace), None) => self.bindings.has_member(namespace, name),
            (None, None) => self.bindings.has_namespace(name),
        }
    }

    /// Identifiers in here.
    fn identifiers(&self) -> Vec<String> {
        let listing = match (&self.namespace, &self.member) {
            (_, Some(_)) if self.paged => Vec::new(),
            (_, Some(_)) => vec![PAGES.to_owned()],
            (namespace, None) => self.bindings.listing(namespace.as_deref().unwrap_or_default()),
        };
        listing.into_iter().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
    }
}

impl fmt::Display for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.namespace, &self.member) {
            (Some(namespace), Some(member)) if self.paged => write!(f, "{namespace}.{member}.{PAGES}"),
            (Some(namespace), Some(member)) => write!(f, "{namespace}.{member}"),
            (Some(namespace), None) => write!(f, "<tools of {namespace}>"),
            (None, _) => f.write_str("<tools>"),
        }
    }
}

#[starlark_value(type = "tools")]
impl<'v> StarlarkValue<'v> for Tools {
    fn get_attr(&self, name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        self.has(name).then(|| self.inner(name)).flatten().map(|inner| heap.alloc(inner))
    }

    fn has_attr(&self, name: &str, _heap: Heap<'v>) -> bool {
        self.has(name)
    }

    fn dir_attr(&self) -> Vec<String> {
        self.identifiers()
    }

    /// Any name: the gateway answers a call of one that is not there, and knows what was meant.
    fn at(&self, index: Value<'v>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let name = index
            .unpack_str()
            .ok_or_else(|| misuse(format!("{self} is indexed by a name, as in tools[\"server\"][\"tool\"]")))?;
        let inner = self.inner(name).ok_or_else(|| misuse(format!("{self} is a tool: call it")))?;
        Ok(heap.alloc(inner))
    }

    fn is_in(&self, name: Value<'v>) -> starlark::Result<bool> {
        Ok(name.unpack_str().is_some_and(|name| self.has(name)))
    }

    fn iterate_collect(&self, heap: Heap<'v>) -> starlark::Result<Vec<Value<'v>>> {
        Ok(self.identifiers().into_iter().map(|identifier| heap.alloc(identifier)).collect())
    }

    fn length(&self) -> starlark::Result<i32> {
        Ok(i32::try_from(self.identifiers().len()).unwrap_or(i32::MAX))
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(Self::from_value(other).is_some_and(|other| {
            (&self.namespace, &self.member, self.paged) == (&other.namespace, &other.member, other.paged)
        }))
    }

    fn invoke(
        &self,
        _me: Value<'v>,
        arguments: &Arguments<'v, '_>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let (Some(namespace), Some(member)) = (&self.namespace, &self.member) else {
            return Err(misuse(format!("{self} is not a tool: call one of its own, which dir() lists")));
        };
        let heap = eval.heap();
        let fiber = Fiber::of(eval);
        fiber.check_memory(heap, 0)?;
        let (written, mut named) = (self.to_string(), arguments.names_map()?);
        let positional: Vec<Value<'v>> = arguments.positions(heap)?.collect();
        let line = line_of_call(eval);
        let max = if self.paged { pages::max(&written, &mut named)? } else { None };
        let json = written_arguments(&written, positional, named, heap)?;
        if self.paged {
            let walk = Walk { written: &written, namespace, member, max };
            return walk.all(line, json, fiber, heap);
        }
        let answer = fiber.call(line, namespace, member, json)?;
        received(&answer, fiber, heap)
    }
}

/// The value of an operation's answer.
pub(super) fn received<'v>(answer: &str, fiber: &Fiber<'_>, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
    // Values take more room than their text: refused before it is too late.
    fiber.check_memory(heap, answer.len().saturating_mul(2))?;
    parsed(answer, fiber, heap)?.map_err(|error| misuse(format!("the answer is {error}")))
}

/// A long text is read in many slices, and no further than the run may go.
pub(super) fn parsed<'v>(text: &str, fiber: &Fiber<'_>, heap: Heap<'v>) -> Result<Result<Value<'v>, NotJson>, RunOver> {
    let value = json_in::parse_while(text, heap, &|| fiber.check(heap).is_ok());
    fiber.going().map(|()| value)
}

/// Keyword arguments, or one dict.
fn written_arguments<'v>(
    written: &str,
    positional: Vec<Value<'v>>,
    named: SmallMap<StringValue<'v>, Value<'v>>,
    heap: Heap<'v>,
) -> starlark::Result<String> {
    let value = match positional.as_slice() {
        [] => {
            let entries = named.into_iter().map(|(name, value)| (parameter(name.as_str()), value));
            heap.alloc(starlark::values::dict::AllocDict(entries))
        }
        [none] if none.is_none() && named.is_empty() => return Ok("{}".to_owned()),
        [dict] if DictRef::from_value(*dict).is_some() && named.is_empty() => *dict,
        _ => return Err(misuse(wrong(written, &positional, named.len()))),
    };
    let form = Form { root: "arguments", bytes_max: limits::ARGUMENT_BYTES_MAX, strict: true };
    let json = json_out::write(value, heap, form).map_err(|error| misuse(format!("{written}: {error}")))?;
    Ok(json.json)
}

/// The parameter a keyword argument means: `from_` is `from`, which no program can write as a name.
fn parameter(name: &str) -> &str {
    name.strip_suffix('_').filter(|stem| scan::is_keyword(stem)).unwrap_or(name)
}

fn wrong(written: &str, positional: &[Value<'_>], named: usize) -> String {
    let got: Vec<&str> = positional.iter().take(5).map(|value| value.get_type()).collect();
    let count = positional.len();
    let s = if count == 1 { "" } else { "s" };
    let and = if named > 0 { format!(" beside {named} named") } else { String::new() };
    let got = got.join(", ");
    format!(
        "{written} takes named arguments, as in {written}(name=value), or one dict; it was given {count} positional argument{s}{and}: {got}"
    )
}
