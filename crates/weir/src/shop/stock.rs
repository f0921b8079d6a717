//! The shop's data, made by code: the same in every run, on every machine.

use super::record::{
    Address, Category, Customer, Invoice, InvoiceStatus, LineItem, Order, OrderEvent, OrderStatus, Payment, Product,
    Segment, Shipment,
};

/// The day it is in the shop.
pub(super) const TODAY: &str = "2026-11-20";
const TODAY_DAY: i64 = 20_777;
const ORDERS: u32 = 50;
const PAYMENT_DAYS: i64 = 14;

#[rustfmt::skip]
const CUSTOMERS: [(&str, &str, &str, &str, &str, &str, Segment); 12] = [
    ("Café Meridian", "buchhaltung@cafe-meridian.example", "Torstraße 118", "10119", "Berlin", "DE", Segment::Business),
    ("Lena Hoffmann", "lena.hoffmann@mail.example", "Lindenallee 4", "20095", "Hamburg", "DE", Segment::Consumer),
    ("Harbour & Pine", "accounts@harbourpine.example", "12 Quay Street", "D02 VF25", "Dublin", "IE", Segment::Business),
    ("Oriol Puig", "oriol.puig@mail.example", "Carrer de Verdi 31", "08012", "Barcelona", "ES", Segment::Consumer),
    ("Nordlys Engros", "faktura@nordlys.example", "Havnegade 27", "1058", "København", "DK", Segment::Wholesale),
    ("Marta Kowalska", "marta.kowalska@mail.example", "ul. Długa 9", "00-238", "Warszawa", "PL", Segment::Consumer),
    ("Atelier Brûlé", "compta@atelier-brule.example", "8 rue des Rosiers", "75004", "Paris", "FR", Segment::Business),
    ("Tomás Ferreira", "tomas.ferreira@mail.example", "Rua do Norte 55", "1200-284", "Lisboa", "PT", Segment::Consumer),
    ("De Koffiebranderij", "administratie@koffiebranderij.example", "Oudegracht 201", "3511", "Utrecht", "NL", Segment::Wholesale),
    ("Aino Virtanen", "aino.virtanen@mail.example", "Mannerheimintie 14", "00100", "Helsinki", "FI", Segment::Consumer),
    ("Bar Stella", "conti@barstella.example", "Via Roma 77", "10121", "Torino", "IT", Segment::Business),
    ("Jonas Berg", "jonas.berg@mail.example", "Storgata 3", "0155", "Oslo", "NO", Segment::Consumer),
];

#[rustfmt::skip]
const PRODUCTS: [(&str, &str, Category, u32); 16] = [
    ("COF-ETH-250", "Ethiopia Guji, washed, 250 g", Category::Coffee, 1_390),
    ("COF-COL-250", "Colombia Huila, 250 g", Category::Coffee, 1_190),
    ("COF-ESP-1000", "House espresso, 1 kg", Category::Coffee, 2_990),
    ("COF-DEC-250", "Decaf Peru, 250 g", Category::Coffee, 1_250),
    ("TEA-SEN-100", "Sencha first flush, 100 g", Category::Tea, 1_680),
    ("TEA-ASS-250", "Assam broken leaf, 250 g", Category::Tea, 990),
    ("TEA-CHA-100", "Chamomile flowers, 100 g", Category::Tea, 740),
    ("GRI-HND-01", "Hand grinder, steel burrs", Category::Grinders, 8_900),
    ("GRI-ELE-02", "Electric grinder, 64 mm", Category::Grinders, 39_900),
    ("KET-GOO-09", "Gooseneck kettle, 0.9 l", Category::Kettles, 7_450),
    ("KET-TMP-12", "Kettle with thermostat, 1.2 l", Category::Kettles, 11_900),
    ("ACC-FIL-100", "Paper filters, 100 pieces", Category::Accessories, 620),
    ("ACC-SCL-01", "Scale, 0.1 g", Category::Accessories, 4_900),
    ("ACC-DRP-02", "Porcelain dripper", Category::Accessories, 2_450),
    ("ACC-CUP-06", "Cupping bowls, set of 6", Category::Accessories, 3_600),
    ("ACC-CLN-01", "Machine cleaner, 900 g", Category::Accessories, 1_580),
];

const CARRIERS: [&str; 3] = ["Kurier Nord", "Post Express", "GreenWheels"];
const CLERKS: [&str; 4] = ["web", "e.sander", "m.okafor", "warehouse-bot"];

/// Everything the shop starts with.
pub(super) struct Stock {
    pub customers: Vec<Customer>,
    pub products: Vec<Product>,
    pub orders: Vec<Order>,
    pub invoices: Vec<Invoice>,
}

impl Stock {
    pub(super) fn new() -> Self {
        let mut dice = Dice(0x5eed_cafe_f00d_0001);
        let customers: Vec<Customer> = (1u32..).zip(CUSTOMERS).map(|(at, row)| customer(at, row, &mut dice)).collect();
        let products = PRODUCTS.map(|(sku, name, category, cents)| Product {
            sku: sku.into(),
            name: name.into(),
            category,
            unit_price: euros(cents.into()),
            in_stock: dice.below(180) + 4,
        });
        let mut orders = Vec::new();
        let mut invoices = Vec::new();
        for number in 1..=ORDERS {
            let customer = &customers[dice.below(12) as usize];
            // One every other day or so, the newest yesterday.
            let placed = TODAY_DAY - 2 * i64::from(ORDERS - number) - 1 - i64::from(dice.below(2));
            let order = order(number, customer, placed, &mut dice);
            invoices.push(invoice(number, &order, placed, &mut dice));
            orders.push(order);
        }
        Self { customers, products: products.into(), orders, invoices }
    }
}

fn customer(
    at: u32,
    (name, email, street, postal_code, city, country, segment): (&str, &str, &str, &str, &str, &str, Segment),
    dice: &mut Dice,
) -> Customer {
    Customer {
        id: format!("cus_{at:03}"),
        name: name.into(),
        email: email.into(),
        segment,
        address: Address {
            street: street.into(),
            postal_code: postal_code.into(),
            city: city.into(),
            country: country.into(),
        },
        customer_since: date(TODAY_DAY - 300 - i64::from(dice.below(1_500))),
    }
}

fn order(number: u32, customer: &Customer, placed: i64, dice: &mut Dice) -> Order {
    let bulk = if customer.segment == Segment::Consumer { 3 } else { 12 };
    let mut cents = 0;
    let mut items: Vec<LineItem> = Vec::new();
    for _ in 0..2 + dice.below(6) {
        let (sku, name, category, unit) = PRODUCTS[dice.below(16) as usize];
        if items.iter().any(|item| item.sku == sku) {
            continue;
        }
        let quantity = 1 + dice.below(bulk);
        let discount = [0, 0, 5, 10][dice.below(4) as usize];
        let tax = if matches!(category, Category::Coffee | Category::Tea) { 7 } else { 19 };
        let total = u64::from(unit) * u64::from(quantity) * u64::from(100 - discount) * u64::from(100 + tax) / 10_000;
        cents += total;
        items.push(LineItem {
            sku: sku.into(),
            name: name.into(),
            category,
            quantity,
            unit_price: euros(unit.into()),
            discount_percent: discount,
            tax_percent: tax,
            total: euros(total),
            weight_g: quantity * (100 + 50 * dice.below(20)),
            warehouse: ["BER-1", "HAM-2"][dice.below(2) as usize].into(),
        });
    }
    let shipping = 490 + 150 * u64::from(dice.below(6));
    let status = match TODAY_DAY - placed {
        _ if dice.below(17) == 0 => OrderStatus::Cancelled,
        0..=1 => OrderStatus::Pending,
        2..=3 => OrderStatus::Packed,
        4..=7 => OrderStatus::Shipped,
        _ => OrderStatus::Delivered,
    };
    Order {
        id: format!("ord_{:04}", 1_000 + number),
        customer_id: customer.id.clone(),
        status,
        placed_on: date(placed),
        currency: "EUR".into(),
        items,
        billing_address: customer.address.clone(),
        shipping_address: customer.address.clone(),
        payment: Payment {
            method: ["invoice", "sepa_debit", "card"][dice.below(3) as usize].into(),
            reference: format!("pay_{:016x}", dice.next()),
            terms_days: u32::try_from(PAYMENT_DAYS).expect("a small constant"),
        },
        shipment: Shipment {
            carrier: CARRIERS[dice.below(3) as usize].into(),
            tracking_number: format!("{:012}", dice.next() % 1_000_000_000_000),
            method: ["standard", "standard", "express"][dice.below(3) as usize].into(),
            cost: euros(shipping),
        },
        total: euros(cents + shipping),
        events: events(status, placed, dice),
    }
}

fn events(status: OrderStatus, placed: i64, dice: &mut Dice) -> Vec<OrderEvent> {
    use OrderStatus::{Cancelled, Delivered, Packed, Pending, Shipped};
    let passed: &[OrderStatus] = match status {
        Pending => &[Pending],
        Packed => &[Pending, Packed],
        Shipped => &[Pending, Packed, Shipped],
        Delivered => &[Pending, Packed, Shipped, Delivered],
        Cancelled => &[Pending, Cancelled],
    };
    let mut day = placed;
    let mut events = Vec::new();
    for status in passed {
        let (hour, minute) = (8 + dice.below(10), dice.below(60));
        let by = if *status == Pending { CLERKS[0] } else { CLERKS[dice.below(4) as usize] };
        events.push(OrderEvent {
            at: format!("{}T{hour:02}:{minute:02}:00Z", date(day)),
            status: *status,
            by: by.into(),
        });
        day = (day + 1 + i64::from(dice.below(2))).min(TODAY_DAY);
    }
    events
}

fn invoice(number: u32, order: &Order, placed: i64, dice: &mut Dice) -> Invoice {
    let due = placed + PAYMENT_DAYS;
    // Old invoices are mostly paid, fresh ones mostly not.
    let unpaid = dice.below(100) < if due < TODAY_DAY { 24 } else { 75 };
    let status = match order.status {
        OrderStatus::Cancelled => InvoiceStatus::Void,
        _ if unpaid => InvoiceStatus::Open,
        _ => InvoiceStatus::Paid,
    };
    let partly = status == InvoiceStatus::Open && dice.below(5) == 0;
    let paid = match status {
        InvoiceStatus::Paid => order.total,
        _ if partly => (order.total * 40.0).round() / 100.0,
        _ => 0.0,
    };
    Invoice {
        id: format!("inv_{:04}", 5_000 + number),
        order_id: order.id.clone(),
        customer_id: order.customer_id.clone(),
        status,
        issued_on: date(placed),
        due_date: date(due),
        amount: order.total,
        paid,
    }
}

fn euros(cents: u64) -> f64 {
    cents as f64 / 100.0
}

/// Days since 1970-01-01 as YYYY-MM-DD.
fn date(day: i64) -> String {
    let seconds = day.saturating_mul(86_400);
    chrono::DateTime::from_timestamp(seconds, 0).expect("the shop's days are near ours").date_naive().to_string()
}

/// SplitMix64: small, and the same everywhere. Nothing here needs to be unguessable.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound)).expect("less than a u32")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_the_day() {
        assert_eq!(date(TODAY_DAY), TODAY);
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(11_016), "2000-02-29");
    }

    #[test]
    fn the_orders_are_about_25_k_tokens() {
        let stock = Stock::new();
        let json = serde_json::to_string(&serde_json::json!({ "orders": stock.orders })).unwrap();
        let tokens = weir_catalog::tokens::count(&json);
        assert!((23_500..26_500).contains(&tokens), "{tokens}");
    }

    #[test]
    fn some_customers_are_long_overdue() {
        let stock = Stock::new();
        let late = |invoice: &&Invoice| {
            invoice.status == InvoiceStatus::Open && invoice.due_date.as_str() < date(TODAY_DAY - 30).as_str()
        };
        let debtors: std::collections::BTreeSet<_> =
            stock.invoices.iter().filter(late).map(|invoice| &invoice.customer_id).collect();
        assert!((3..=8).contains(&debtors.len()), "{debtors:?}");
    }
}
