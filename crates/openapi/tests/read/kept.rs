//! The form that is kept on disk.

use std::sync::LazyLock;

use proptest::prelude::*;
use weir_openapi::Api;

use crate::sample::{fixture, tree};

fn api(name: &str) -> Api {
    weir_openapi::read(name.trim_end_matches(".gz"), &fixture(name), &tree(&[])).expect("a description").api
}

static PETSTORE: LazyLock<Vec<u8>> = LazyLock::new(|| api("petstore_v3.yaml").to_bytes());

#[test]
fn what_was_kept_comes_back_as_it_was() {
    for name in
        ["github.json.gz", "slack_web_v2.json.gz", "opensandbox_execd.yaml", "oas-examples/3.0_json_security.json"]
    {
        let api = api(name);
        let bytes = api.to_bytes();
        assert_eq!(Api::from_bytes(&bytes).as_ref(), Some(&api), "{name}");
        assert_eq!(bytes, Api::from_bytes(&bytes).expect("read above").to_bytes(), "{name}");
    }
}

#[test]
fn other_bytes_are_nothing() {
    let bytes = PETSTORE.clone();
    for cut in [0, 7, 8, 11, 12, 43, 44, 45, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(Api::from_bytes(&bytes[..cut]), None, "cut at {cut}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(Api::from_bytes(&longer), None);
    for at in [0, 9, 20, 44, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert_eq!(Api::from_bytes(&changed), None, "changed at {at}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(Api::from_bytes(&bytes), None);
    }

    /// Bytes that somebody made to look right: a true header and checksum before anything.
    #[test]
    fn a_true_checksum_over_other_bytes_is_no_panic(
        payload in proptest::collection::vec(any::<u8>(), 0..200),
        keep in 0_usize..6_000,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let bytes = PETSTORE.clone();
        let mut forged = bytes[44..].to_vec();
        let at = at.index(forged.len());
        forged[at] = byte;
        forged.truncate(keep);
        forged.extend(payload);
        let mut whole = bytes[..12].to_vec();
        whole.extend(sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), &forged)));
        whole.extend(&forged);
        if let Some(api) = Api::from_bytes(&whole) {
            for operation in &api.operations {
                prop_assert!(operation.body.as_ref().is_none_or(|body| !body.media.is_empty()));
                for piece in operation.path.segments.iter().flatten() {
                    if let weir_openapi::Piece::Parameter(index) = piece {
                        prop_assert!(*index < operation.parameters.len());
                    }
                }
            }
        }
    }
}
