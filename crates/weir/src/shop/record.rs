//! What the shop keeps, as its tools tell it. The types are the output schemas.

use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Segment {
    Consumer,
    Business,
    Wholesale,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum OrderStatus {
    Pending,
    Packed,
    Shipped,
    Delivered,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum InvoiceStatus {
    Open,
    Paid,
    Void,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Category {
    Coffee,
    Tea,
    Grinders,
    Kettles,
    Accessories,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Address {
    pub street: String,
    pub postal_code: String,
    pub city: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Customer {
    /// `cus_` and three digits.
    pub id: String,
    pub name: String,
    pub email: String,
    pub segment: Segment,
    pub address: Address,
    /// Date, YYYY-MM-DD.
    pub customer_since: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Product {
    pub sku: String,
    pub name: String,
    pub category: Category,
    /// EUR, without tax.
    pub unit_price: f64,
    pub in_stock: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct LineItem {
    pub sku: String,
    pub name: String,
    pub category: Category,
    pub quantity: u32,
    /// EUR, without tax.
    pub unit_price: f64,
    pub discount_percent: u32,
    pub tax_percent: u32,
    /// EUR, after discount, with tax.
    pub total: f64,
    pub weight_g: u32,
    pub warehouse: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Shipment {
    pub carrier: String,
    pub tracking_number: String,
    pub method: String,
    /// EUR, with tax.
    pub cost: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Payment {
    pub method: String,
    /// The payment provider's.
    pub reference: String,
    pub terms_days: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct OrderEvent {
    /// RFC 3339.
    pub at: String,
    pub status: OrderStatus,
    pub by: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Order {
    /// `ord_` and four digits.
    pub id: String,
    pub customer_id: String,
    pub status: OrderStatus,
    /// Date, YYYY-MM-DD.
    pub placed_on: String,
    pub currency: String,
    pub items: Vec<LineItem>,
    pub billing_address: Address,
    pub shipping_address: Address,
    pub payment: Payment,
    pub shipment: Shipment,
    /// EUR: the items and the shipment.
    pub total: f64,
    pub events: Vec<OrderEvent>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Invoice {
    /// `inv_` and four digits.
    pub id: String,
    pub order_id: String,
    pub customer_id: String,
    pub status: InvoiceStatus,
    /// Date, YYYY-MM-DD.
    pub issued_on: String,
    /// Date, YYYY-MM-DD.
    pub due_date: String,
    /// EUR.
    pub amount: f64,
    /// EUR paid so far.
    pub paid: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct Draft {
    /// `dft_` and four digits.
    pub id: String,
    pub to: String,
    pub subject: String,
    pub body: String,
}
