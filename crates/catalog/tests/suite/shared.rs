//! Definitions that the tools of one upstream share: checked, typed and searched like a tool's own, and no more dangerous.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use weir_catalog::{Catalog, Entry, Listing, ListingState, stub, tokens};
use weir_model::{
    Definitions,
    Language::{self, Python, Starlark, TypeScript},
    Tool, UpstreamName,
};

use crate::{
    dialects::parses_as_starlark,
    probe,
    python::compiles,
    snapshot::schemas,
    toollist::{listing, tool},
};

pub(crate) fn definitions<N: AsRef<str>>(schemas: &[(N, Value)]) -> Arc<Definitions> {
    Arc::new(Definitions::new(schemas.iter().map(|(name, schema)| (name, schema.to_string()))))
}

pub(crate) fn sharing(definitions: &Arc<Definitions>, tools: &[Value]) -> Listing {
    let tools = tools.iter().map(|value| Tool { definitions: Some(Arc::clone(definitions)), ..tool("s", value) });
    let state = ListingState::Listed { tools: tools.collect(), warnings: Vec::new() };
    Listing { upstream: UpstreamName::new("s").unwrap(), state }
}

/// One tool `s.t` whose argument `a` is the definition `A`.
pub(crate) fn one<N: AsRef<str>>(schemas: &[(N, Value)]) -> Catalog {
    let input = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}});
    Catalog::build(1, vec![sharing(&definitions(schemas), &[json!({"name": "t", "inputSchema": input})])])
}

pub(crate) fn entry(catalog: &Catalog) -> &Arc<Entry> {
    catalog.resolve_path("s.t").unwrap()
}

fn problems(catalog: &Catalog, arguments: &Value) -> String {
    let problems = entry(catalog).validate(arguments).err().unwrap_or_default();
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn shop() -> Listing {
    let definitions = definitions(&[
        (
            "shop.Order",
            json!({"type": "object", "description": "What somebody bought", "required": ["id", "lines"], "properties": {
            "id": {"type": "integer"}, "lines": {"type": "array", "items": {"$ref": "#/$defs/line~1item"}},
            "customer": {"$ref": "#/$defs/Customer"}, "state": {"$ref": "#/$defs/State"}}}),
        ),
        (
            "line/item",
            json!({"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}, "count": {"type": "integer", "minimum": 1}}}),
        ),
        (
            "Customer",
            json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "orders": {"type": "array", "items": {"$ref": "#/$defs/shop.Order"}}}}),
        ),
        ("State", json!({"enum": ["open", "paid"]})),
        ("Unused", json!({"type": "object", "properties": {"nobody": {"$ref": "#/$defs/Unused"}}})),
    ]);
    let order = json!({"$ref": "#/$defs/shop.Order"});
    let tools = [
        json!({"name": "get_order", "annotations": {"readOnlyHint": true}, "description": "Get an order",
            "inputSchema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}, "outputSchema": order}),
        json!({"name": "put_order", "description": "Store an order",
            "inputSchema": {"type": "object", "required": ["order"], "properties": {"order": order, "state": {"$ref": "#/$defs/State"}}, "additionalProperties": false},
            "outputSchema": {"type": "array", "items": order}}),
    ];
    sharing(&definitions, &tools)
}

#[test]
fn arguments_are_checked_against_shared_definitions() {
    let catalog = Catalog::build(1, vec![shop()]);
    let entry = catalog.resolve_path("s.put_order").unwrap();
    assert_eq!(entry.unchecked(), None);
    let customer = json!({"name": "Ada", "orders": [{"id": 2, "lines": []}]});
    let fits = json!({"order": {"id": 1, "lines": [{"sku": "x", "count": 2}], "customer": customer}, "state": "open"});
    assert_eq!(entry.validate(&fits), Ok(()));
    for (arguments, problem) in [
        (json!({"order": {"id": 1}}), "order.lines: expected LineItem[], got nothing, and it is required"),
        (json!({"order": {"id": 1, "lines": [{"sku": 5}]}}), "order.lines[0].sku: expected string, got 5"),
        (
            json!({"order": {"id": 1, "lines": [{"sku": "x", "count": 0}]}}),
            "order.lines[0].count: expected a number of at least 1, got 0",
        ),
        (
            json!({"order": {"id": 1, "lines": [], "customer": {"name": "Ada", "orders": [{"id": "2", "lines": []}]}}}),
            "order.customer.orders[0].id: expected integer, got \"2\"",
        ),
        (
            json!({"order": {"id": 1, "lines": []}, "state": "opne"}),
            "state: expected one of \"open\", \"paid\", got \"opne\"; did you mean \"open\"?",
        ),
        (
            json!({"order": {"id": 1, "lines": []}, "stat": "open"}),
            "stat: expected no field of this name, got \"open\"; did you mean state?",
        ),
    ] {
        let told: Vec<String> = entry.validate(&arguments).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(told, [problem], "{arguments}");
    }
}

#[test]
fn shared_definitions_are_declared_once() {
    let catalog = Catalog::build(1, vec![shop()]);
    let text = stub::upstream(&catalog, "s", TypeScript).unwrap();
    insta::assert_snapshot!(text, @r##"
    declare namespace s {
      /** Get an order */
      function get_order(args: {
        id: number;
      }): Promise<ShopOrder>;
      /** Store an order [write] */
      function put_order(args: {
        order: ShopOrder;
        state?: "open"|"paid";
      }): Promise<ShopOrder[]>;
      /** What somebody bought */
      interface ShopOrder {
        id: number;
        lines: LineItem[];
        customer?: Customer;
        state?: "open"|"paid";
      }
      interface Customer {
        name: string;
        orders?: ShopOrder[];
      }
      interface LineItem {
        sku: string;
        /** ≥ 1 */
        count?: number;
      }
    }
    "##);
    probe::check(
        "shared",
        &format!(
            "{text}\ns.put_order({{order: {{id: 1, lines: []}}}}).then((orders) => orders[0]?.customer?.orders?.[0]?.id.toFixed());"
        ),
    );
    let python = stub::upstream(&catalog, "s", Python).unwrap();
    compiles(&python);
    insta::assert_snapshot!(python, @r##"
    # Blocking; keyword arguments or one dict. Awaitable: await server.tool.aio(...)
    class s:
        def get_order(*, id: int) -> ShopOrder:
            """Get an order"""
        def put_order(*, order: ShopOrder, state: Literal["open", "paid"] = ...) -> list[ShopOrder]:
            """Store an order [write]"""
    # What somebody bought
    class ShopOrder(TypedDict):
        id: int
        lines: list[LineItem]
        customer: NotRequired[Customer]
        state: NotRequired[Literal["open", "paid"]]
    class Customer(TypedDict):
        name: str
        orders: NotRequired[list[ShopOrder]]
    class LineItem(TypedDict):
        sku: str
        count: NotRequired[int]  # ≥ 1
    "##);
    parses_as_starlark(&stub::upstream(&catalog, "s", Starlark).unwrap());
    let lines: Vec<String> = catalog.upstreams()[0].entries.iter().map(|entry| entry.signature(TypeScript)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r##"
    s.get_order({id: number}): ShopOrder — Get an order
    s.put_order({order: ShopOrder, state?: "open"|"paid"}): ShopOrder[] — Store an order [write]
    "##);
}

#[test]
fn what_a_definition_means_is_the_same_for_every_tool() {
    let definitions = definitions(&[
        ("Name", json!({"type": "object", "required": ["first"], "properties": {"first": {"type": "string"}}})),
        ("Person", json!({"type": "object", "properties": {"name": {"$ref": "#/$defs/Name"}}})),
        (
            "Odd",
            json!({"$id": "https://example.com/odd", "type": "object", "properties": {
            "root": {"$ref": "#"}, "place": {"$ref": "#/properties/a"}, "inside": {"$ref": "#/$defs/Name/properties/first"},
            "far": {"$ref": "https://example.com/schema"}, "$ref": {"type": "integer"}, "default": {"$ref": "#/$defs/Name"}}}),
        ),
    ]);
    let input = json!({"type": "object", "$shared": {"Name": true}, "$defs": {"Name": {"type": "integer"}}, "additionalProperties": false, "properties": {
        "a": {"$ref": "#/$defs/Name"}, "b": {"$ref": "#/$defs/Person"}, "c": {"$ref": "#/$defs/Odd"}}});
    let catalog = Catalog::build(1, vec![sharing(&definitions, &[json!({"name": "t", "inputSchema": input})])]);
    assert_eq!(entry(&catalog).unchecked(), None);
    for (arguments, told) in [
        (json!({"a": 1, "b": {"name": {"first": "x"}}}), ""),
        (json!({"a": {"first": "x"}}), "a: expected integer, got an object with first"),
        (json!({"b": {"name": 1}}), "b.name: expected {first: string}, got 1"),
        (json!({"c": {"root": 1, "place": "x", "inside": 1, "far": 1, "$ref": 1}}), ""),
        (json!({"c": {"$ref": "x"}}), "c[\"$ref\"]: expected integer, got \"x\""),
        (json!({"c": {"default": 1}}), "c.default: expected {first: string}, got 1"),
    ] {
        assert_eq!(problems(&catalog, &arguments), told, "{arguments}");
    }
    let text = stub::whole(&catalog, TypeScript);
    let typed = "s.t({a: 1, b: {name: {first: \"x\"}}, c: {root: 1, place: 2, far: 3, $ref: 4, default: {first: \"x\"}}});\n// @ts-expect-error\ns.t({a: {first: \"x\"}});\n// @ts-expect-error\ns.t({b: {name: 1}});";
    probe::check("shared-names", &format!("{text}\n{typed}"));
}

#[test]
fn cycles_are_types_and_are_checked() {
    let catalog = one(&[
        (
            "A",
            json!({"type": "object", "properties": {"next": {"$ref": "#/$defs/B"}, "any": {"$ref": "#/$defs/List"}}}),
        ),
        ("B", json!({"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]})),
        ("List", json!({"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/List"}]}})),
    ]);
    assert_eq!(entry(&catalog).unchecked(), None);
    assert_eq!(problems(&catalog, &json!({"a": {"next": {"next": null, "any": ["x", ["y", []]]}}})), "");
    assert_ne!(problems(&catalog, &json!({"a": {"next": {"next": 5}}})), "");
    assert_ne!(problems(&catalog, &json!({"a": {"any": ["x", ["y", [7]]]}})), "");
    let text = stub::whole(&catalog, TypeScript);
    probe::check(
        "shared-cycles",
        &format!(
            "{text}\ns.t({{a: {{next: {{next: null, any: [\"x\", [\"y\", []]]}}}}}});\n// @ts-expect-error\ns.t({{a: {{next: 5}}}});"
        ),
    );
    compiles(&stub::whole(&catalog, Python));
}

/// What is not there is not checked, and says so; the rest is.
#[test]
fn a_missing_definition_costs_what_it_would_say() {
    let catalog = one(&[(
        "A",
        json!({"type": "object", "properties": {"b": {"$ref": "#/$defs/Nobody"}, "n": {"type": "integer"}}}),
    )]);
    assert_eq!(entry(&catalog).quarantined(), None);
    assert!(entry(&catalog).unchecked().unwrap().contains("checked in part"));
    assert_eq!(problems(&catalog, &json!({"a": {"b": [1]}})), "");
    assert_eq!(problems(&catalog, &json!({"a": {"n": "x"}})), "a.n: expected integer, got \"x\"");
    probe::check("shared-missing", &format!("{}\ns.t({{a: {{b: [1], n: 1}}}});", stub::whole(&catalog, TypeScript)));
}

#[test]
fn a_rebuild_keeps_entries_whose_definitions_say_the_same() {
    let old = Catalog::build(1, vec![shop()]);
    let new = old.rebuild(2, vec![shop()]);
    for (old, new) in old.upstreams()[0].entries.iter().zip(&new.upstreams()[0].entries) {
        assert!(Arc::ptr_eq(old, new), "{}", old.path());
    }
    let mut changed = shop();
    if let ListingState::Listed { tools, .. } = &mut changed.state {
        let other = definitions(&[("Customer", json!({}))]);
        tools.iter_mut().for_each(|tool| tool.definitions = Some(Arc::clone(&other)));
    }
    let new = new.rebuild(3, vec![changed, listing("other", &[])]);
    assert!(!Arc::ptr_eq(&old.upstreams()[0].entries[0], &new.upstreams()[0].entries[0]));
}

proptest! {
    /// Whatever definitions an upstream shares, and whatever a snippet sends as arguments: an answer, and no panic.
    #[test]
    fn any_definitions_are_survived(input in schemas(), output in schemas(), a in schemas(), b in schemas(), arguments in schemas()) {
        let definitions = definitions(&[("a", a), ("b", b.clone()), ("A", b)]);
        let tool = json!({"name": "t", "outputSchema": output, "inputSchema": {
            "type": "object", "properties": {"a": input, "b": {"$ref": "#/$defs/A"}}}});
        let catalog = Catalog::build(1, vec![sharing(&definitions, &[tool])]);
        let entry = entry(&catalog);
        prop_assert_eq!(entry.quarantined().is_some(), !catalog.upstreams()[0].warnings.is_empty());
        let _ = entry.validate(&json!({"a": arguments, "b": {"a": [1], "b": arguments}}));
        let _ = entry.check_output(&arguments);
        for language in Language::ALL {
            prop_assert!(!entry.signature(language).contains('\n'));
        }
        let stub = stub::whole(&catalog, TypeScript);
        prop_assert!(stub.starts_with("declare namespace s {\n") && stub.ends_with("}\n"), "{}", stub);
        prop_assert!(stub::whole(&catalog, Python).contains("\nclass s:\n    "));
        parses_as_starlark(&stub::whole(&catalog, Starlark));
        for budget in [500, 60] {
            let stubs = stub::render(&catalog, &catalog.upstreams()[0].entries, Python, budget);
            prop_assert!(tokens::fits(&stubs.text, budget));
        }
    }
}
