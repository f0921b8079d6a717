//! What the tools do. State lives as long as the process; every refusal is a sentence that says what would work.

use super::{
    record::{Customer, Draft, Invoice, InvoiceStatus, Order, OrderEvent, OrderStatus},
    stock::{Stock, TODAY},
    tool::{
        CancelOrder, CreateMailDraft, Customers, DeleteMailDraft, Drafts, GetCustomer, GetOrder, Invoices,
        ListCustomers, ListInvoices, ListOrders, ListProducts, NoArguments, Orders, Products, RecordPayment,
        UpdateOrderStatus,
    },
};

/// Drafts a process keeps; a client that never deletes any meets an error, not the end of memory.
const DRAFTS_MAX: usize = 1_000;

pub(super) struct Till {
    stock: Stock,
    drafts: Vec<Draft>,
    drafts_made: u32,
}

impl Till {
    pub(super) fn new() -> Self {
        Self { stock: Stock::new(), drafts: Vec::new(), drafts_made: 0 }
    }

    pub(super) fn list_customers(&mut self, ask: ListCustomers) -> Result<Customers, String> {
        let fits = |customer: &&Customer| {
            ask.country.as_ref().is_none_or(|country| customer.address.country.eq_ignore_ascii_case(country))
                && ask.segment.is_none_or(|segment| customer.segment == segment)
        };
        Ok(Customers { customers: self.stock.customers.iter().filter(fits).cloned().collect() })
    }

    pub(super) fn get_customer(&mut self, ask: GetCustomer) -> Result<Customer, String> {
        let found = self.stock.customers.iter().find(|customer| customer.id == ask.customer_id);
        found.cloned().ok_or_else(|| absent("customer", &ask.customer_id, "list_customers"))
    }

    pub(super) fn list_products(&mut self, ask: ListProducts) -> Result<Products, String> {
        let products = self.stock.products.iter();
        let fitting = products.filter(|product| ask.category.is_none_or(|category| product.category == category));
        Ok(Products { products: fitting.cloned().collect() })
    }

    pub(super) fn list_orders(&mut self, ask: ListOrders) -> Result<Orders, String> {
        for (name, date) in [("from", &ask.from), ("to", &ask.to)] {
            if let Some(date) = date.as_ref().filter(|date| !is_date(date)) {
                return Err(format!("`{name}` is \"{date}\"; a date is written YYYY-MM-DD"));
            }
        }
        let fits = |order: &&Order| {
            ask.status.is_none_or(|status| order.status == status)
                && ask.customer_id.as_ref().is_none_or(|customer| order.customer_id == *customer)
                && ask.from.as_ref().is_none_or(|from| order.placed_on >= *from)
                && ask.to.as_ref().is_none_or(|to| order.placed_on <= *to)
        };
        Ok(Orders { orders: self.stock.orders.iter().filter(fits).cloned().collect() })
    }

    pub(super) fn get_order(&mut self, ask: GetOrder) -> Result<Order, String> {
        self.order(&ask.order_id).cloned()
    }

    pub(super) fn update_order_status(&mut self, ask: UpdateOrderStatus) -> Result<Order, String> {
        let order = self.order(&ask.order_id)?;
        if ask.status == OrderStatus::Cancelled {
            return Err("an order is cancelled by cancel_order".into());
        }
        if order.status == OrderStatus::Cancelled || (ask.status as u8) < order.status as u8 {
            return Err(format!("order {} is {:?} already and does not go back", order.id, order.status).to_lowercase());
        }
        if order.status != ask.status {
            advance(order, ask.status, "api");
        }
        Ok(order.clone())
    }

    pub(super) fn cancel_order(&mut self, ask: CancelOrder) -> Result<Order, String> {
        if ask.reason.trim().is_empty() {
            return Err("`reason` is empty; say why the order is cancelled".into());
        }
        let order = self.order(&ask.order_id)?;
        if matches!(order.status, OrderStatus::Shipped | OrderStatus::Delivered) {
            return Err(format!("order {} has left the house and cannot be cancelled", order.id));
        }
        if order.status != OrderStatus::Cancelled {
            advance(order, OrderStatus::Cancelled, &format!("api: {}", ask.reason));
        }
        let order = order.clone();
        for invoice in self.stock.invoices.iter_mut().filter(|invoice| invoice.order_id == order.id) {
            invoice.status = InvoiceStatus::Void;
        }
        Ok(order)
    }

    pub(super) fn list_invoices(&mut self, ask: ListInvoices) -> Result<Invoices, String> {
        let fits = |invoice: &&Invoice| {
            ask.status.is_none_or(|status| invoice.status == status)
                && ask.customer_id.as_ref().is_none_or(|customer| invoice.customer_id == *customer)
        };
        let invoices = self.stock.invoices.iter().filter(fits).cloned().collect();
        Ok(Invoices { as_of: TODAY.into(), invoices })
    }

    pub(super) fn record_payment(&mut self, ask: RecordPayment) -> Result<Invoice, String> {
        let found = self.stock.invoices.iter_mut().find(|invoice| invoice.id == ask.invoice_id);
        let invoice = found.ok_or_else(|| absent("invoice", &ask.invoice_id, "list_invoices"))?;
        if invoice.status != InvoiceStatus::Open {
            return Err(format!("invoice {} is not open", invoice.id));
        }
        let left = cents(invoice.amount) - cents(invoice.paid);
        let paid = cents(ask.amount);
        if !(1..=left).contains(&paid) {
            return Err(format!("`amount` is {}; {:.2} EUR are left to pay", ask.amount, left as f64 / 100.0));
        }
        invoice.paid = (cents(invoice.paid) + paid) as f64 / 100.0;
        if paid == left {
            invoice.status = InvoiceStatus::Paid;
        }
        Ok(invoice.clone())
    }

    pub(super) fn list_mail_drafts(&mut self, _: NoArguments) -> Result<Drafts, String> {
        Ok(Drafts { drafts: self.drafts.clone() })
    }

    pub(super) fn create_mail_draft(&mut self, ask: CreateMailDraft) -> Result<Draft, String> {
        let known = self.stock.customers.iter().any(|customer| customer.email == ask.to);
        if !known {
            return Err(format!("\"{}\" is no customer's address; see list_customers", short(&ask.to)));
        }
        for (name, text, max) in [("subject", &ask.subject, 200), ("body", &ask.body, 20_000)] {
            if text.trim().is_empty() || text.chars().count() > max {
                return Err(format!("`{name}` must have 1 to {max} characters"));
            }
        }
        if self.drafts.len() >= DRAFTS_MAX {
            return Err(format!("there are {DRAFTS_MAX} drafts already; delete some first"));
        }
        self.drafts_made += 1;
        let id = format!("dft_{:04}", self.drafts_made);
        let draft = Draft { id, to: ask.to, subject: ask.subject, body: ask.body };
        self.drafts.push(draft.clone());
        Ok(draft)
    }

    pub(super) fn delete_mail_draft(&mut self, ask: DeleteMailDraft) -> Result<Draft, String> {
        let at = self.drafts.iter().position(|draft| draft.id == ask.draft_id);
        at.map(|at| self.drafts.remove(at)).ok_or_else(|| absent("draft", &ask.draft_id, "list_mail_drafts"))
    }

    fn order(&mut self, id: &str) -> Result<&mut Order, String> {
        self.stock.orders.iter_mut().find(|order| order.id == id).ok_or_else(|| absent("order", id, "list_orders"))
    }
}

fn advance(order: &mut Order, status: OrderStatus, by: &str) {
    order.status = status;
    order.events.push(OrderEvent { at: format!("{TODAY}T12:00:00Z"), status, by: short(by) });
}

fn absent(what: &str, id: &str, lists: &str) -> String {
    format!("there is no {what} \"{}\"; {lists} lists them", short(id))
}

/// Foreign text in our own sentences stays short.
fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Money is compared in whole cents. Out of range saturates, and is refused as such.
fn cents(euros: f64) -> i64 {
    (euros * 100.0).round() as i64
}

fn is_date(text: &str) -> bool {
    let digits =
        |range: std::ops::Range<usize>| text.get(range).is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()));
    text.len() == 10 && digits(0..4) && digits(5..7) && digits(8..10) && &text[4..5] == "-" && &text[7..8] == "-"
}

#[cfg(test)]
mod tests;
