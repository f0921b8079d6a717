//! The shop's tools: one row each, from schema to function. Arguments are checked by the type that is their schema.

use std::sync::Arc;

use rmcp::{
    model::{JsonObject, Tool, ToolAnnotations},
    schemars::{self, JsonSchema},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    record::{Category, Customer, Draft, Invoice, InvoiceStatus, Order, OrderStatus, Product, Segment},
    till::Till,
};

/// A tool of the shop.
pub(super) struct ShopTool {
    pub listed: Tool,
    run: fn(&mut Till, Value) -> Result<Value, String>,
}

impl ShopTool {
    /// The result, or a sentence saying what is wrong with the call.
    pub(super) fn call(&self, till: &mut Till, arguments: Value) -> Result<Value, String> {
        (self.run)(till, arguments)
    }
}

#[derive(Clone, Copy)]
enum Does {
    Read,
    Write { idempotent: bool },
    Destroy,
}

fn row<In, Out>(
    name: &'static str,
    title: &str,
    description: &'static str,
    does: Does,
    run: fn(&mut Till, Value) -> Result<Value, String>,
) -> ShopTool
where
    In: JsonSchema + 'static,
    Out: JsonSchema + 'static,
{
    let hints = ToolAnnotations::with_title(title).open_world(false);
    let annotations = match does {
        Does::Read => hints.read_only(true),
        Does::Write { idempotent } => hints.read_only(false).destructive(false).idempotent(idempotent),
        Does::Destroy => hints.read_only(false).destructive(true).idempotent(true),
    };
    let listed = Tool::new(name, description, Arc::new(JsonObject::new()))
        .with_input_schema::<In>()
        .with_output_schema::<Out>()
        .with_annotations(annotations);
    ShopTool { listed, run }
}

/// Reads the arguments, runs, writes the result.
fn checked<In: DeserializeOwned, Out: Serialize>(
    till: &mut Till,
    arguments: Value,
    run: fn(&mut Till, In) -> Result<Out, String>,
) -> Result<Value, String> {
    let arguments = serde_json::from_value(arguments).map_err(|error| format!("invalid arguments: {error}"))?;
    let result = run(till, arguments)?;
    Ok(serde_json::to_value(result).expect("records have text keys only"))
}

macro_rules! tools {
    ($($name:ident($input:ty) -> $output:ty, $does:expr, $title:literal, $description:literal;)+) => {
        /// All of them, in the order they are listed.
        pub(super) fn tools() -> Vec<ShopTool> {
            vec![$(row::<$input, $output>(stringify!($name), $title, $description, $does, |till, arguments| {
                checked(till, arguments, Till::$name)
            })),+]
        }
    };
}

tools! {
    list_customers(ListCustomers) -> Customers, Does::Read, "List customers",
        "List the shop's customers, optionally of one country or segment.";
    get_customer(GetCustomer) -> Customer, Does::Read, "Get a customer",
        "Get one customer with contact data and address.";
    list_products(ListProducts) -> Products, Does::Read, "List products",
        "List products with price and stock, optionally of one category.";
    list_orders(ListOrders) -> Orders, Does::Read, "List orders",
        "List orders with all line items, shipment and history, oldest first. Filters may be combined.";
    get_order(GetOrder) -> Order, Does::Read, "Get an order",
        "Get one order with all line items, shipment and history.";
    update_order_status(UpdateOrderStatus) -> Order, Does::Write { idempotent: true }, "Update an order's status",
        "Move an order on: pending, packed, shipped, delivered. An order never goes back; to cancel use cancel_order.";
    cancel_order(CancelOrder) -> Order, Does::Destroy, "Cancel an order",
        "Cancel an order that is not shipped yet, and void its invoice. This cannot be undone.";
    list_invoices(ListInvoices) -> Invoices, Does::Read, "List invoices",
        "List invoices with due date, amount and what was paid, and the day it is in the shop. Filters may be combined.";
    record_payment(RecordPayment) -> Invoice, Does::Write { idempotent: false }, "Record a payment",
        "Record a payment towards an open invoice; it becomes paid when nothing is left.";
    list_mail_drafts(NoArguments) -> Drafts, Does::Read, "List mail drafts",
        "List the mail drafts that wait for somebody to send them.";
    create_mail_draft(CreateMailDraft) -> Draft, Does::Write { idempotent: false }, "Create a mail draft",
        "Create a draft of a mail to a customer. It is not sent: a person looks at it first.";
    delete_mail_draft(DeleteMailDraft) -> Draft, Does::Destroy, "Delete a mail draft",
        "Delete a mail draft. This cannot be undone.";
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoArguments {}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListCustomers {
    /// ISO 3166-1 alpha-2, for example DE.
    #[serde(default)]
    #[schemars(with = "String")]
    pub country: Option<String>,
    #[serde(default)]
    #[schemars(with = "Segment")]
    pub segment: Option<Segment>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetCustomer {
    pub customer_id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListProducts {
    #[serde(default)]
    #[schemars(with = "Category")]
    pub category: Option<Category>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListOrders {
    #[serde(default)]
    #[schemars(with = "OrderStatus")]
    pub status: Option<OrderStatus>,
    #[serde(default)]
    #[schemars(with = "String")]
    pub customer_id: Option<String>,
    /// Placed on or after this date, YYYY-MM-DD.
    #[serde(default)]
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Option<String>,
    /// Placed on or before this date, YYYY-MM-DD.
    #[serde(default)]
    #[schemars(with = "String", extend("format" = "date"))]
    pub to: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetOrder {
    pub order_id: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateOrderStatus {
    pub order_id: String,
    pub status: OrderStatus,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelOrder {
    pub order_id: String,
    /// Why, for the order's history.
    pub reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListInvoices {
    #[serde(default)]
    #[schemars(with = "InvoiceStatus")]
    pub status: Option<InvoiceStatus>,
    #[serde(default)]
    #[schemars(with = "String")]
    pub customer_id: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordPayment {
    pub invoice_id: String,
    /// EUR, more than 0.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub amount: f64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateMailDraft {
    /// One mail address.
    pub to: String,
    #[schemars(length(min = 1, max = 200))]
    pub subject: String,
    #[schemars(length(min = 1, max = 20000))]
    pub body: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteMailDraft {
    pub draft_id: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Customers {
    pub customers: Vec<Customer>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Products {
    pub products: Vec<Product>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Orders {
    pub orders: Vec<Order>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Invoices {
    /// The day it is in the shop, YYYY-MM-DD.
    pub as_of: String,
    pub invoices: Vec<Invoice>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Drafts {
    pub drafts: Vec<Draft>,
}
