//! Compressed answers, unpacked within bounds. What comes out is no larger than an answer may be, in proportion to what came in, and
//! whole: what is damaged or was cut off is told, never passed on as a shorter answer.
//!
//! weir asks for plain answers; this is for APIs that compress whatever they are asked.

use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status, bufread::MultiGzDecoder};
use weir_model::limits::{ANSWER_RATIO_FREE_BYTES, ANSWER_RATIO_MAX};

/// Unpacked between two looks at the bounds.
const PIECE_BYTES: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Gzip,
    /// With the frame that HTTP means, or without it, as some servers send it.
    Deflate,
}

/// What weir does not unpack, as the answer names it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnknownCoding(pub(super) String);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotUnpacked {
    TooLarge,
    /// More than [`ANSWER_RATIO_MAX`] times what came in.
    OutOfProportion,
    /// No such stream, or not the whole of it.
    Damaged,
}

/// What is wanted of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    /// As much as there is room for; what is wrong behind that does not matter.
    Beginning,
}

impl Coding {
    /// Of the values of `Content-Encoding`. One coding; several on top of each other are how a small answer becomes a huge one.
    pub(super) fn of<'a>(values: impl Iterator<Item = &'a [u8]>) -> Result<Self, UnknownCoding> {
        let named = values.flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let named: Vec<&[u8]> =
            named.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity")).collect();
        let is = |name: &[u8], known: &[&str]| known.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
        match named.as_slice() {
            [] => Ok(Self::Plain),
            [name] if is(name, &["gzip", "x-gzip"]) => Ok(Self::Gzip),
            [name] if is(name, &["deflate"]) => Ok(Self::Deflate),
            names => {
                let told = names.join(b", ".as_slice());
                let told = String::from_utf8_lossy(&told).chars().filter(|c| !c.is_control()).take(40).collect();
                Err(UnknownCoding(told))
            }
        }
    }
}

/// At most `bytes_max` bytes.
pub(super) fn unpacked(
    coding: Coding,
    packed: Vec<u8>,
    bytes_max: usize,
    wanted: Wanted,
) -> Result<Vec<u8>, NotUnpacked> {
    let unpack: fn(&[u8], &mut Out) -> Result<(), NotUnpacked> = match coding {
        // A body that is empty is no stream at all, and servers send one with any header.
        _ if packed.is_empty() => return Ok(packed),
        Coding::Plain => return Ok(packed),
        Coding::Gzip => gzip,
        Coding::Deflate => deflate,
    };
    let fair = (packed.len() as u64 * ANSWER_RATIO_MAX).max(ANSWER_RATIO_FREE_BYTES);
    let mut out = Out { bytes: Vec::new(), bytes_max, fair: usize::try_from(fair).unwrap_or(usize::MAX) };
    let ended = unpack(&packed, &mut out);
    match (ended, wanted) {
        (Ok(()), _) | (Err(_), Wanted::Beginning) => Ok(out.bytes),
        (Err(why), Wanted::All) => Err(why),
    }
}

struct Out {
    bytes: Vec<u8>,
    bytes_max: usize,
    fair: usize,
}

impl Out {
    /// Takes what there is room for.
    fn push(&mut self, piece: &[u8]) -> Result<(), NotUnpacked> {
        let room = self.bytes_max.min(self.fair) - self.bytes.len();
        self.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        match piece.len() <= room {
            true => Ok(()),
            false if self.fair < self.bytes_max => Err(NotUnpacked::OutOfProportion),
            false => Err(NotUnpacked::TooLarge),
        }
    }
}

fn gzip(packed: &[u8], out: &mut Out) -> Result<(), NotUnpacked> {
    let mut decoder = MultiGzDecoder::new(packed);
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match decoder.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => out.push(&piece[..length])?,
            Err(_) => return Err(NotUnpacked::Damaged),
        }
    }
}

fn deflate(packed: &[u8], out: &mut Out) -> Result<(), NotUnpacked> {
    let mut inflate = Decompress::new(is_framed(packed));
    let mut piece = vec![0; PIECE_BYTES];
    let mut rest = packed;
    loop {
        let (read, written) = (inflate.total_in(), inflate.total_out());
        let status = inflate.decompress(rest, &mut piece, FlushDecompress::None);
        let status = status.map_err(|_| NotUnpacked::Damaged)?;
        let (read, written) = ((inflate.total_in() - read) as usize, (inflate.total_out() - written) as usize);
        rest = &rest[read..];
        out.push(&piece[..written])?;
        match status {
            Status::StreamEnd if rest.is_empty() => return Ok(()),
            Status::StreamEnd => return Err(NotUnpacked::Damaged),
            // Nothing goes in or out any more, and it has not ended.
            _ if read == 0 && written == 0 => return Err(NotUnpacked::Damaged),
            _ => {}
        }
    }
}

/// Whether it begins as RFC 1950 says, which a bare stream does not.
fn is_framed(packed: &[u8]) -> bool {
    matches!(packed, [method, flags, ..] if method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };
    use proptest::prelude::*;

    use super::*;

    const ROOM: usize = 32 << 20;

    /// gzip, deflate, deflate without its frame.
    fn packed(bytes: &[u8]) -> [(Coding, Vec<u8>); 3] {
        let level = Compression::best();
        let mut gzip = GzEncoder::new(Vec::new(), level);
        let mut framed = ZlibEncoder::new(Vec::new(), level);
        let mut bare = DeflateEncoder::new(Vec::new(), level);
        gzip.write_all(bytes).unwrap();
        framed.write_all(bytes).unwrap();
        bare.write_all(bytes).unwrap();
        let (gzip, framed, bare) = (gzip.finish().unwrap(), framed.finish().unwrap(), bare.finish().unwrap());
        [(Coding::Gzip, gzip), (Coding::Deflate, framed), (Coding::Deflate, bare)]
    }

    #[test]
    fn h13_codings_are_one_or_refused() {
        let of = |values: &[&str]| Coding::of(values.iter().map(|value| value.as_bytes()));
        for (values, expected) in [
            (&[][..], Ok(Coding::Plain)),
            (&["identity, "], Ok(Coding::Plain)),
            (&["GZip"], Ok(Coding::Gzip)),
            (&["x-gzip", "identity"], Ok(Coding::Gzip)),
            (&["deflate"], Ok(Coding::Deflate)),
            (&["br"], Err("br")),
            (&["gzip, gzip"], Err("gzip, gzip")),
            (&["gzip", "deflate"], Err("gzip, deflate")),
            (&["zst\u{7f}d"], Err("zstd")),
        ] {
            assert_eq!(of(values), expected.map_err(|told| UnknownCoding(told.into())), "{values:?}");
        }
    }

    #[test]
    fn h13_what_is_large_or_out_of_proportion_is_given_up() {
        let zeros = vec![0; 8 << 20];
        for (coding, bomb) in packed(&zeros) {
            let (small, fair) = (bomb.len(), bomb.len() * 100);
            assert!(fair < zeros.len(), "{small}");
            let given_up = |bytes_max| unpacked(coding, bomb.clone(), bytes_max, Wanted::All).unwrap_err();
            assert_eq!(given_up(ROOM), NotUnpacked::OutOfProportion);
            assert_eq!(given_up(fair), NotUnpacked::TooLarge);
            let beginning = unpacked(coding, bomb.clone(), 256, Wanted::Beginning).unwrap();
            assert_eq!(beginning, &zeros[..256]);
        }
        // What is small may be anything.
        for (coding, small) in packed(&zeros[..1 << 20]) {
            assert_eq!(unpacked(coding, small, ROOM, Wanted::All).map(|all| all.len()), Ok(1 << 20));
        }
    }

    #[test]
    fn two_streams_of_gzip_are_one_answer_and_nothing_is_none() {
        let [(coding, one), ..] = packed(b"{\"a\":");
        let [(_, other), ..] = packed(b"1}");
        assert_eq!(unpacked(coding, [one, other].concat(), ROOM, Wanted::All).unwrap(), b"{\"a\":1}");
        assert_eq!(unpacked(coding, Vec::new(), ROOM, Wanted::All), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn h13_what_was_packed_comes_back_whole_or_not_at_all(
            bytes in prop::collection::vec(prop::sample::select(b"abc{}[]\":, 0123\xff\x00".as_slice()), 1..1500),
            cut in any::<prop::sample::Index>(),
            wrong in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            for (coding, packed) in packed(&bytes) {
                let whole = unpacked(coding, packed.clone(), ROOM, Wanted::All);
                prop_assert_eq!(whole.as_ref(), Ok(&bytes));
                let cut = packed[..1 + cut.index(packed.len() - 1)].to_vec();
                let is_cut = cut.len() < packed.len();
                prop_assert_eq!(unpacked(coding, cut, ROOM, Wanted::All).is_err(), is_cut);
                let mut damaged = packed.clone();
                damaged[wrong.index(packed.len())] ^= 1 << bit;
                // Only gzip's own word about what is in it can be trusted; the rest must be bounded and come to an end.
                let unpacked = unpacked(coding, damaged, 8_000, Wanted::Beginning).unwrap();
                prop_assert!(unpacked.len() <= 8_000);
            }
        }

        #[test]
        fn h13_any_bytes_are_unpacked_within_bounds_or_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            head in prop::sample::select(vec![&b""[..], b"\x1f\x8b\x08\x00\0\0\0\0\0\xff", b"\x1f\x8b\x08\x1f\0\0\0\0\0\xff", b"\x78\x9c"]),
            bytes_max in 0_usize..2_000,
        ) {
            let bytes = [head, bytes.as_slice()].concat();
            for coding in [Coding::Gzip, Coding::Deflate] {
                for wanted in [Wanted::All, Wanted::Beginning] {
                    if let Ok(unpacked) = unpacked(coding, bytes.clone(), bytes_max, wanted) {
                        prop_assert!(unpacked.len() <= bytes_max);
                    }
                }
            }
        }
    }
}
