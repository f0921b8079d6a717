//! Bytes as hexadecimal text, and which ids can be looked up at all.

/// An id that weir may have given: short, and printable without spaces. A client can send anything.
pub(crate) fn may_be_id(id: &str) -> bool {
    id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// 128 random bits as hexadecimal text.
pub(crate) fn random_hex() -> Result<String, getrandom::Error> {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random)?;
    Ok(format!("{:032x}", u128::from_be_bytes(random)))
}

#[cfg(test)]
mod tests {
    use super::may_be_id;

    #[test]
    fn ids_that_are_none_are_never_looked_up() {
        let long = "x".repeat(129);
        for (id, fine) in [("run_0a", true), ("", true), ("a b", false), ("a\0", false), ("é", false), (&long, false)]
        {
            assert_eq!(may_be_id(id), fine, "{id:?}");
        }
    }
}
