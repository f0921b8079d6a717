//! JSON text to values, straight into the heap. Integers of any size stay exact; keys such as `__proto__` are plain keys.
//!
//! Strict: what is not JSON is refused with its place. The text may be a snippet's own (`json.decode`): depth and digits are bounded.

use starlark::{
    collections::SmallMap,
    values::{Heap, Value, dict::Dict},
};
use weir_model::limits;

use super::numbers;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not valid JSON at byte {at}: {problem}")]
pub(super) struct NotJson {
    pub(super) at: usize,
    pub(super) problem: &'static str,
}

/// Values read between two looks at whether to go on.
const VALUES_PER_LOOK: u32 = 1_000;

pub(super) fn parse<'v>(text: &str, heap: Heap<'v>) -> Result<Value<'v>, NotJson> {
    parse_while(text, heap, &|| true)
}

/// Stops where `go_on` says no; what it made of the text so far is no value.
pub(super) fn parse_while<'v>(text: &str, heap: Heap<'v>, go_on: &dyn Fn() -> bool) -> Result<Value<'v>, NotJson> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, depth: 0, values: 0, go_on, heap };
    parser.space();
    let value = parser.value()?;
    parser.space();
    if parser.at < parser.bytes.len() { parser.fail("something follows the value") } else { Ok(value) }
}

struct Parser<'t, 'v> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    depth: usize,
    values: u32,
    go_on: &'t dyn Fn() -> bool,
    heap: Heap<'v>,
}

impl<'v> Parser<'_, 'v> {
    fn fail<T>(&self, problem: &'static str) -> Result<T, NotJson> {
        Err(NotJson { at: self.at, problem })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Steps over `byte` if it is next.
    fn eat(&mut self, byte: u8) -> bool {
        let next = self.peek() == Some(byte);
        self.at += usize::from(next);
        next
    }

    fn value(&mut self) -> Result<Value<'v>, NotJson> {
        self.values = self.values.wrapping_add(1);
        if self.values.is_multiple_of(VALUES_PER_LOOK) && !(self.go_on)() {
            return self.fail("it was given up");
        }
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::new_bool(true)),
            Some(b'f') => self.word("false", Value::new_bool(false)),
            Some(b'n') => self.word("null", Value::new_none()),
            Some(_) => self.fail("a value was expected"),
            None => self.fail("the text ends too early"),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value<'v>, NotJson>) -> Result<Value<'v>, NotJson> {
        if self.depth >= limits::JSON_DEPTH_MAX {
            return self.fail("nested too deeply");
        }
        self.at += 1;
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self, word: &str, value: Value<'v>) -> Result<Value<'v>, NotJson> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return self.fail("a value was expected");
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self) -> Result<Value<'v>, NotJson> {
        let mut items = Vec::new();
        self.space();
        if self.eat(b']') {
            return Ok(self.heap.alloc(items));
        }
        loop {
            self.space();
            items.push(self.value()?);
            self.space();
            if self.eat(b']') {
                return Ok(self.heap.alloc(items));
            }
            if !self.eat(b',') {
                return self.fail("a comma or ] was expected");
            }
        }
    }

    fn object(&mut self) -> Result<Value<'v>, NotJson> {
        let mut entries = SmallMap::new();
        self.space();
        if self.eat(b'}') {
            return Ok(self.heap.alloc(Dict::new(entries)));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.fail("a key was expected");
            }
            let key = self.string()?.get_hashed().expect("texts can be hashed");
            self.space();
            if !self.eat(b':') {
                return self.fail("a colon was expected");
            }
            self.space();
            let value = self.value()?;
            entries.insert_hashed(key, value);
            self.space();
            if self.eat(b'}') {
                return Ok(self.heap.alloc(Dict::new(entries)));
            }
            if !self.eat(b',') {
                return self.fail("a comma or } was expected");
            }
        }
    }

    fn string(&mut self) -> Result<Value<'v>, NotJson> {
        let open = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(0..=0x1f) => return self.fail("a control character in a string"),
                Some(_) => self.at += 1,
                None => return self.fail("the text ends too early"),
            }
        }
        self.at += 1;
        let quoted = &self.text[open..self.at];
        if !escaped {
            return Ok(self.heap.alloc(&quoted[1..quoted.len() - 1]));
        }
        match serde_json::from_str::<String>(quoted) {
            Ok(text) => Ok(self.heap.alloc(text)),
            Err(_) => Err(NotJson { at: open, problem: "an escape no string can have" }),
        }
    }

    fn number(&mut self) -> Result<Value<'v>, NotJson> {
        let begin = self.at;
        self.eat(b'-');
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits()?;
        if leading_zero && whole > 1 {
            return self.fail("a number cannot begin with 0");
        }
        let mut float = false;
        if self.eat(b'.') {
            float = true;
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            float = true;
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        let text = &self.text[begin..self.at];
        if !float {
            let int = numbers::read(text, self.heap);
            return int.map_or_else(|| self.fail("an integer of more than 4300 digits"), Ok);
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(self.heap.alloc(number)),
            _ => self.fail("a number beyond what a float can hold"),
        }
    }

    /// Steps over one digit or more.
    fn digits(&mut self) -> Result<usize, NotJson> {
        let begin = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == begin { self.fail("a digit was expected") } else { Ok(self.at - begin) }
    }
}
