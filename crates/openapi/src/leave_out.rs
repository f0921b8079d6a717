//! An operation without an argument that somebody else gives: the operator, whose credential it is.

use serde_json::Value;

use crate::{Operation, Parameter, Piece, Place};

impl Operation {
    /// Takes the parameter of this place and name away, from the arguments as from the request. What is a part of the path stays: there
    /// is no request without it.
    pub fn leave_out(&mut self, place: Place, name: &str) {
        let is_meant = |parameter: &Parameter| {
            parameter.place == place
                && match place {
                    Place::Path => false,
                    Place::Header => parameter.name.eq_ignore_ascii_case(name),
                    _ => parameter.name == name,
                }
        };
        while let Some(at) = self.parameters.iter().position(is_meant) {
            let parameter = self.parameters.remove(at);
            let pieces = self.path.segments.iter_mut().flatten();
            pieces.for_each(|piece| match piece {
                Piece::Parameter(index) if *index > at => *index -= 1,
                Piece::Parameter(_) | Piece::Text(_) => {}
            });
            if let Some(schema) = without(&self.input_schema, &parameter.field) {
                self.input_schema = schema.into();
            }
        }
    }
}

/// `None` where the schema knows of no such field.
fn without(schema: &str, field: &str) -> Option<String> {
    let mut schema: Value = serde_json::from_str(schema).ok()?;
    schema.get_mut("properties")?.as_object_mut()?.shift_remove(field)?;
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| name != field);
        if required.is_empty() {
            schema.as_object_mut()?.shift_remove("required");
        }
    }
    Some(schema.to_string())
}
