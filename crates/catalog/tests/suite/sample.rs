//! Values that fit a schema, and values that do not: made from the schema alone, apart from the code under test.

use serde_json::{Map, Value, json};

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..8 {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { break };
        schema = root.pointer(reference.strip_prefix('#').unwrap()).unwrap();
    }
    schema
}

/// A fitting value; `full` fills optional fields as well.
pub(crate) fn fitting(root: &Value, schema: &Value, full: bool, depth: usize) -> Value {
    let schema = resolve(root, schema);
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values[0].clone();
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(branch) = schema.get(key).and_then(|branches| branches.get(0)) {
            let mut value = fitting(root, branch, full, depth);
            if let (Value::Object(fields), true) = (&mut value, schema.get("properties").is_some()) {
                let mut own = schema.clone();
                own.as_object_mut().unwrap().remove(key);
                let Value::Object(own) = fitting(root, &own, full, depth) else { unreachable!() };
                fields.extend(own);
            }
            return value;
        }
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let mut all = Map::new();
        for part in parts {
            match fitting(root, part, full, depth) {
                Value::Object(fields) => all.extend(fields),
                other => return other,
            }
        }
        return Value::Object(all);
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds[0].as_str().unwrap(),
        Some(kind) => kind.as_str().unwrap(),
        None if schema.get("properties").is_some() => "object",
        None => return json!("anything"),
    };
    match kind {
        "object" => object(root, schema, full, depth),
        "array" => {
            let count = schema["minItems"].as_u64().unwrap_or(0).max(u64::from(full && depth < 4));
            let empty = json!({});
            let item = fitting(root, schema.get("items").unwrap_or(&empty), full, depth + 1);
            Value::Array(vec![item; usize::try_from(count).unwrap()])
        }
        "string" => json!(string(schema)),
        "integer" | "number" => number(schema),
        "boolean" => json!(true),
        "null" => Value::Null,
        other => panic!("no sample of type {other}"),
    }
}

fn object(root: &Value, schema: &Value, full: bool, depth: usize) -> Value {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut fields = Map::new();
    for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if required.contains(&name.as_str()) || full && depth < 4 {
            fields.insert(name.clone(), fitting(root, schema, full, depth + 1));
        }
    }
    Value::Object(fields)
}

fn string(schema: &Value) -> String {
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => "123e4567-e89b-42d3-a456-426614174000",
        Some("uri") => "https://example.com/a",
        Some("email") => "a@example.com",
        Some("date") => "2026-01-31",
        Some("date-time") => "2026-01-31T12:00:00Z",
        _ => "text",
    };
    let min = usize::try_from(schema["minLength"].as_u64().unwrap_or(0)).unwrap();
    text.repeat(min / text.len() + 1)
}

fn number(schema: &Value) -> Value {
    let low = schema.get("minimum").or(schema.get("exclusiveMinimum")).and_then(Value::as_f64);
    let high = schema.get("maximum").and_then(Value::as_f64);
    match (low, high) {
        (Some(low), _) if low > -1e9 => json!(low.ceil() as i64 + 1),
        (_, Some(high)) if high < 1e9 => json!(high.floor() as i64),
        _ => json!(1),
    }
}

/// What is wrong with arguments, and the arguments.
pub(crate) fn unfitting(root: &Value) -> Vec<(String, Value)> {
    let Value::Object(valid) = fitting(root, root, false, 0) else { panic!("arguments are objects") };
    let mut wrong = Vec::new();
    let required = root.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for name in required {
        let mut missing = valid.clone();
        missing.remove(name);
        wrong.push((format!("{name} is missing"), Value::Object(missing)));
        if let Some(value) = root["properties"].get(name).and_then(|schema| mistyped(root, schema)) {
            let mut mistyped = valid.clone();
            mistyped.insert(name.to_owned(), value);
            wrong.push((format!("{name} has another type"), Value::Object(mistyped)));
        }
    }
    for (name, schema) in root.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let schema = resolve(root, schema);
        if schema.get("enum").and_then(Value::as_array).is_some_and(|values| values.iter().all(Value::is_string)) {
            let mut unknown = valid.clone();
            unknown.insert(name.clone(), json!("no such literal"));
            wrong.push((format!("{name} is no literal of its enum"), Value::Object(unknown)));
        }
    }
    wrong
}

fn mistyped(root: &Value, schema: &Value) -> Option<Value> {
    let schema = resolve(root, schema);
    match schema.get("type")?.as_str()? {
        "string" => Some(json!(5)),
        "number" | "integer" => Some(json!("5")),
        "boolean" => Some(json!("true")),
        "array" | "object" => Some(json!("text")),
        _ => None,
    }
}
