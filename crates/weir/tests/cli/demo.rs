//! `weir demo`: true figures, one screen, no colour in a pipe.

use super::Terminal;

#[test]
fn the_demo_fits_a_screen_and_is_plain_in_a_pipe() {
    let left = Terminal::new().run(&["demo"]);
    assert_eq!(left.code, 0, "{}", left.err);
    assert!(left.out.lines().count() <= 60, "{} lines\n{}", left.out.lines().count(), left.out);
    assert!(left.out.lines().all(|line| line.chars().count() <= 120), "{}", left.out);
    assert!(!left.out.contains('\u{1b}'));
    for shown in ["shop.list_invoices", "shop.list_orders", "shop.list_customers", "shop.create_mail_draft", "dft_0001"]
    {
        assert!(left.out.contains(shown), "{shown}\n{}", left.out);
    }
}

#[test]
fn the_figures_add_up_and_keep_their_promise() {
    let left = Terminal::new().run(&["demo", "--json"]);
    let figures: serde_json::Value =
        serde_json::from_str(&left.out).unwrap_or_else(|_| panic!("{}{}", left.out, left.err));
    let of = |side: &str, part: &str| figures[side][part].as_u64().unwrap();
    let direct = of("direct", "definitions") + of("direct", "calls") + of("direct", "results");
    let weir = of("weir", "definitions") + of("weir", "search") + of("weir", "program") + of("weir", "answer");
    assert_eq!((direct, weir), (of("direct", "total"), of("weir", "total")));
    assert!(direct > 25_000, "{figures}");
    assert!(weir <= 1_700, "{figures}");
    assert!(of("weir", "definitions") <= 600, "{figures}");
    assert_eq!((of("direct", "tools"), of("direct", "call_count")), (12, 4));
}

/// The shop counts what the demo says: the same answer, worked out from the shop's own data by other means.
#[test]
fn the_answer_is_right() {
    let program = "const {as_of, invoices} = await shop.list_invoices({});
        const due = {};
        for (const i of invoices) {
            const late = (Date.parse(as_of) - Date.parse(i.due_date)) / 86400000;
            if (i.status === 'open' && late > 30) due[i.customer_id] = (due[i.customer_id] ?? 0) + Math.round(100 * (i.amount - i.paid));
        }
        const [id, cents] = Object.entries(due).sort((a, b) => b[1] - a[1])[0];
        return [(await shop.get_customer({customer_id: id})).name, (cents / 100).toFixed(2), Object.keys(due).length];";
    let left = Terminal::with_shop().run(&["run", "--language", "js", "--code", program]);
    let (name, euros, count): (String, String, usize) =
        serde_json::from_str(&left.out).unwrap_or_else(|_| panic!("{}", left.err));
    let demo = Terminal::new().run(&["demo"]).out;
    assert!(demo.contains(&format!("{{\"late\":[\"{name}: {euros} EUR\"")), "{name} {euros}\n{demo}");
    assert_eq!(demo.matches(" EUR\"").count(), count, "{demo}");
}
