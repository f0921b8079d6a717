//! What reaches the model's context, in o200k tokens: counted, not guessed.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{client::Client, figure::Figure, setup::Setup};

/// The demo's task, as a model would write it.
const TASK: &str = "const orders = await shop.list_orders({});\n\
const unpaid = orders.orders.filter(o => o.status !== 'paid');\n\
return {count: unpaid.length, total: unpaid.reduce((sum, o) => sum + o.total, 0)};";

pub(crate) fn tokens(setup: &Setup) -> Result<Vec<Figure>> {
    let weir = setup.weir().to_string_lossy().into_owned();
    let shop = format!("[upstream.shop]\ncommand = {weir:?}\nargs = [\"demo\", \"--stdio\"]\n");
    let mut client = setup.gateway_before("tokens", &Setup::upstream_arguments(496), &shop, &[])?;
    let mut direct = setup.direct(496)?;
    let surface = count(&definitions(&mut client)?);
    let searches =
        client.call("search", &json!({"queries": ["list orders of the shop", "draft a mail to a customer"]}))?;
    let answer = client.execute(TASK)?;
    let task = surface + count(&searches) + count(TASK) + count(&answer);
    let raw = client.execute("return await shop.list_orders({})")?;
    let whole = client.execute("return JSON.stringify(await shop.list_orders({})).length")?;
    let direct_definitions = count(&definitions(&mut direct)?);
    Ok(vec![
        Figure::new("tokens: surface, 508 tools", surface.to_string(), "≤ 600").direct(direct_definitions.to_string()),
        Figure::new("tokens: two searches answered", count(&searches).to_string(), "≤ 600"),
        Figure::new("tokens in context for the shop's task, 508 tools", task.to_string(), "≤ 1 700"),
        Figure::new("tokens of the whole order list returned", count(&raw).to_string(), "≤ 2 000")
            .direct(format!("{whole} characters")),
    ])
}

/// The tool definitions as a client hands them to its model.
fn definitions(client: &mut Client) -> Result<String> {
    let listed: Value = serde_json::from_str(&client.request("tools/list", &json!({}))?)?;
    let tools = listed["result"]["tools"].as_array().context("no tools listed")?;
    Ok(Value::from(tools.clone()).to_string())
}

fn count(text: &str) -> usize {
    bpe_openai::o200k_base().count(text)
}
