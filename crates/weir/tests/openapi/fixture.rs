//! The descriptions of `fixtures/openapi`, as they were published.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use serde_json::Value;

/// The bytes of a fixture; the large ones are compressed.
pub(crate) fn bytes(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/openapi");
    let plain = folder.join(name);
    if plain.exists() {
        return fs::read(plain).unwrap();
    }
    let packed = fs::File::open(folder.join(format!("{name}.gz"))).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The same with an id for every operation of a JSON description that has none: the calls are made by it.
pub(crate) fn with_ids(name: &str) -> Vec<u8> {
    let bytes = bytes(name);
    if !name.ends_with(".json") {
        return bytes;
    }
    let mut description: Value = serde_json::from_slice(&bytes).unwrap();
    let mut count = 0;
    let items = description["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for item in items.filter_map(Value::as_object_mut) {
        for (key, operation) in item.iter_mut() {
            if let (true, Some(operation)) = (METHODS.contains(&key.as_str()), operation.as_object_mut()) {
                count += 1;
                operation.entry("operationId").or_insert_with(|| format!("operation {count}").into());
            }
        }
    }
    description.to_string().into_bytes()
}

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// Its last name, for a copy.
pub(crate) fn file_name(name: &str) -> String {
    Path::new(name).file_name().unwrap().to_str().unwrap().to_owned()
}
