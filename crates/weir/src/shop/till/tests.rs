//! The till's arithmetic and what it refuses.

use serde_json::{Value, json};

use crate::shop::{till::Till, tool::tools};

fn call(till: &mut Till, name: &str, arguments: Value) -> Result<Value, String> {
    tools().iter().find(|tool| tool.listed.name == name).expect(name).call(till, arguments)
}

#[test]
fn refusals_say_what_would_work() {
    let mut till = Till::new();
    let said: Vec<String> = [
        ("get_customer", json!({"customer_id": "cus_999"})),
        ("get_customer", json!({"id": "cus_001"})),
        ("get_customer", json!({})),
        ("list_orders", json!({"status": "lost"})),
        ("list_orders", json!({"from": "yesterday"})),
        ("list_orders", json!({"from": "2026-1é-0"})),
        ("update_order_status", json!({"order_id": "ord_1001", "status": "pending"})),
        ("update_order_status", json!({"order_id": "ord_1001", "status": "cancelled"})),
        ("cancel_order", json!({"order_id": "ord_1001", "reason": "no"})),
        ("cancel_order", json!({"order_id": "ord_1050", "reason": " "})),
        ("record_payment", json!({"invoice_id": "inv_1", "amount": 1})),
        ("create_mail_draft", json!({"to": "x@y.example", "subject": "s", "body": "b"})),
        ("create_mail_draft", json!({"to": "conti@barstella.example", "subject": "", "body": "b"})),
        ("delete_mail_draft", json!({"draft_id": "dft_0001"})),
        ("list_mail_drafts", json!({"all": true})),
    ]
    .into_iter()
    .map(|(name, arguments)| call(&mut till, name, arguments).expect_err(name))
    .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    there is no customer "cus_999"; list_customers lists them
    invalid arguments: unknown field `id`, expected `customer_id`
    invalid arguments: missing field `customer_id`
    invalid arguments: unknown variant `lost`, expected one of `pending`, `packed`, `shipped`, `delivered`, `cancelled`
    `from` is "yesterday"; a date is written YYYY-MM-DD
    `from` is "2026-1é-0"; a date is written YYYY-MM-DD
    order ord_1001 is delivered already and does not go back
    an order is cancelled by cancel_order
    order ord_1001 has left the house and cannot be cancelled
    `reason` is empty; say why the order is cancelled
    there is no invoice "inv_1"; list_invoices lists them
    "x@y.example" is no customer's address; see list_customers
    `subject` must have 1 to 200 characters
    there is no draft "dft_0001"; list_mail_drafts lists them
    invalid arguments: unknown field `all`, there are no fields
    "#);
}

#[test]
fn filters_combine() {
    let mut till = Till::new();
    let all = call(&mut till, "list_orders", json!({})).unwrap();
    assert_eq!(all["orders"].as_array().unwrap().len(), 50);
    let within = |order: &&Value| {
        order["status"] == "delivered" && ("2026-09-01".."2026-11-01").contains(&order["placed_on"].as_str().unwrap())
    };
    let customer = &all["orders"].as_array().unwrap().iter().find(within).unwrap()["customer_id"];
    let expected =
        all["orders"].as_array().unwrap().iter().filter(within).filter(|order| order["customer_id"] == *customer);
    let ask = json!({"customer_id": customer, "status": "delivered", "from": "2026-09-01", "to": "2026-10-31"});
    let some = call(&mut till, "list_orders", ask).unwrap();
    assert_eq!(some["orders"].as_array().unwrap().iter().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn an_invoice_is_paid_in_parts_and_never_too_much() {
    let mut till = Till::new();
    let open = call(&mut till, "list_invoices", json!({"status": "open"})).unwrap();
    let invoice = open["invoices"].as_array().unwrap().iter().find(|invoice| invoice["paid"] == 0.0).unwrap().clone();
    let (id, amount) = (invoice["id"].clone(), invoice["amount"].as_f64().unwrap());
    let pay = |till: &mut Till, amount: f64| call(till, "record_payment", json!({"invoice_id": id, "amount": amount}));
    assert_eq!(pay(&mut till, 0.1).unwrap()["status"], "open");
    assert_eq!(pay(&mut till, 0.2).unwrap()["paid"], 0.3);
    assert!(pay(&mut till, amount).unwrap_err().contains("left to pay"));
    assert!(pay(&mut till, f64::MAX).is_err() && pay(&mut till, -1.0).is_err());
    let paid = pay(&mut till, ((amount - 0.3) * 100.0).round() / 100.0).unwrap();
    assert_eq!(paid["status"], "paid");
    assert!(pay(&mut till, 1.0).unwrap_err().contains("is not open"));
}

#[test]
fn a_cancelled_order_takes_its_invoice_with_it() {
    let mut till = Till::new();
    let cancelled = call(&mut till, "cancel_order", json!({"order_id": "ord_1050", "reason": "changed their mind"}));
    assert_eq!(cancelled.unwrap()["status"], "cancelled");
    let void = call(&mut till, "list_invoices", json!({"status": "void"})).unwrap();
    assert!(void["invoices"].as_array().unwrap().iter().any(|invoice| invoice["order_id"] == "ord_1050"));
}

#[test]
fn drafts_come_and_go() {
    let mut till = Till::new();
    let draft = json!({"to": "conti@barstella.example", "subject": "s", "body": "b"});
    let made = call(&mut till, "create_mail_draft", draft).unwrap();
    assert_eq!(call(&mut till, "list_mail_drafts", json!({})).unwrap(), json!({"drafts": [made]}));
    call(&mut till, "delete_mail_draft", json!({"draft_id": made["id"]})).unwrap();
    assert_eq!(call(&mut till, "list_mail_drafts", json!({})).unwrap(), json!({"drafts": []}));
}

/// The schemas are what the tools keep to: every answer fits its own.
#[test]
fn answers_fit_their_output_schemas() {
    use weir_catalog::{Catalog, Listing, ListingState};
    use weir_model::{Tool, ToolId, UpstreamName};
    let shop = UpstreamName::new("shop").unwrap();
    // The catalog checks arguments against input schemas: an output schema stands in as one.
    let listed = tools().into_iter().map(|tool| {
        let id = ToolId { upstream: shop.clone(), name: tool.listed.name.as_ref().into() };
        Tool::new(id, serde_json::to_string(&tool.listed.output_schema.expect("all have one")).unwrap())
    });
    let state = ListingState::Listed { tools: listed.collect(), warnings: Vec::new() };
    let catalog = Catalog::build(1, vec![Listing { upstream: shop.clone(), state }]);
    let mut till = Till::new();
    for (name, arguments) in [
        ("list_customers", json!({})),
        ("get_customer", json!({"customer_id": "cus_003"})),
        ("list_products", json!({"category": "tea"})),
        ("list_orders", json!({})),
        ("get_order", json!({"order_id": "ord_1020"})),
        ("update_order_status", json!({"order_id": "ord_1049", "status": "shipped"})),
        ("list_invoices", json!({})),
        ("create_mail_draft", json!({"to": "conti@barstella.example", "subject": "s", "body": "b"})),
        ("list_mail_drafts", json!({})),
    ] {
        let answer = call(&mut till, name, arguments).unwrap();
        let entry = catalog.resolve("shop", name).unwrap();
        assert_eq!(entry.unchecked(), None, "{name}");
        assert!(entry.validate(&answer).is_ok(), "{name}: {:?}", entry.validate(&answer));
    }
}
