//! Frames round-trip however they are cut, and hostile bytes are an error, never a panic or a large allocation.

use std::io;

use proptest::prelude::*;
use weir_model::{Fault, FaultKind, Position, limits};

use super::{Decoder, FaultHead, FrameInvalid, FromWorker, Level, Outbox, ToWorker};

fn wire(frames: &[(FromWorker, Vec<u8>)]) -> Vec<u8> {
    let mut outbox = Outbox::default();
    for (head, body) in frames {
        outbox.push(head, body.clone()).unwrap();
    }
    let mut bytes = Vec::new();
    let whole = outbox
        .flush(|slices| {
            let count = slices[0].len().min(7_001);
            bytes.extend_from_slice(&slices[0][..count]);
            Ok(count)
        })
        .unwrap();
    assert!(whole && outbox.is_empty() && outbox.bytes() == 0);
    bytes
}

fn read(bytes: &[u8], step: usize) -> Result<Vec<(FromWorker, Vec<u8>)>, FrameInvalid> {
    let mut decoder = Decoder::default();
    let mut frames = Vec::new();
    for part in bytes.chunks(step) {
        decoder.room().extend_from_slice(part);
        while let Some(frame) = decoder.next()? {
            frames.push(frame);
        }
    }
    Ok(frames)
}

fn head() -> impl Strategy<Value = FromWorker> {
    prop_oneof![
        Just(FromWorker::Ready),
        Just(FromWorker::Pong),
        (any::<u32>(), any::<u32>(), any::<u32>(), ".{0,40}", ".{0,40}")
            .prop_map(|(run, op, line, namespace, member)| FromWorker::Ask { run, op, line, namespace, member }),
        any::<u32>().prop_map(|run| FromWorker::Log { run, level: Level::Warn }),
        any::<u32>().prop_map(|run| FromWorker::Settled { run }),
        (any::<u32>(), any::<u64>()).prop_map(|(run, weight)| FromWorker::Taken { run, weight }),
        (any::<u32>(), any::<u64>(), any::<bool>(), any::<Option<u32>>()).prop_map(
            |(run, cpu_ns, logs_truncated, failed_op)| FromWorker::Ended {
                run,
                cpu_ns,
                logs_truncated,
                failed_op,
                fault: None
            }
        ),
    ]
}

proptest! {
    #[test]
    fn frames_round_trip_however_they_are_cut(
        frames in prop::collection::vec((head(), prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec(any::<u8>(), 16_000..40_000),
            (65_000usize..200_000, any::<u8>()).prop_map(|(length, byte)| vec![byte; length]),
        ]), 0..6),
        step in prop_oneof![1usize..5_000, 50_000usize..300_000],
    ) {
        prop_assert_eq!(read(&wire(&frames), step).unwrap(), frames);
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..3_000), step in 1usize..600) {
        let _outcome = read(&bytes, step);
    }

    #[test]
    fn damaged_frames_never_panic(frames in prop::collection::vec((head(), prop::collection::vec(any::<u8>(), 0..50)), 1..4), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = wire(&frames);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _outcome = read(&bytes, 64);
    }
}

#[test]
fn a_frame_over_the_limit_is_refused_before_anything_is_allocated() {
    let mut decoder = Decoder::default();
    decoder.room().extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 1, 0]);
    assert!(decoder.room().capacity() < 1024 * 1024);
    assert_eq!(decoder.next::<FromWorker>(), Err(FrameInvalid::TooLarge(u64::from(u32::MAX))));
    let body = vec![0; usize::try_from(limits::FRAME_BYTES_MAX).unwrap() + 1];
    assert!(Outbox::default().push(&ToWorker::Ping, body).is_err());
}

#[test]
fn a_head_with_bytes_left_over_is_refused() {
    let mut decoder = Decoder::default();
    decoder.room().extend_from_slice(&[0, 0, 0, 0, 2, 0, 0, 0]);
    assert_eq!(decoder.next::<FromWorker>(), Err(FrameInvalid::Head));
}

#[test]
fn a_large_body_leaves_no_large_buffer_behind() {
    let mut decoder = Decoder::default();
    for part in wire(&[(FromWorker::Pong, vec![7; 3_000_000])]).chunks(60_000) {
        decoder.room().extend_from_slice(part);
    }
    assert!(decoder.next::<FromWorker>().unwrap().is_some());
    assert!(decoder.room().capacity() < 300_000);
}

#[test]
fn a_full_pipe_keeps_what_is_left() {
    let mut outbox = Outbox::default();
    outbox.push(&FromWorker::Pong, vec![1; 100]).unwrap();
    let mut first = true;
    let whole =
        outbox.flush(|_| if std::mem::take(&mut first) { Ok(10) } else { Err(io::ErrorKind::WouldBlock.into()) });
    assert!(!whole.unwrap());
    assert_eq!(outbox.bytes(), 6 + 1 + 100 - 10);
}

#[test]
fn a_lying_fault_is_cut_to_size() {
    let mut fault = Fault::new(FaultKind::Exception, "x".repeat(50_000)).at(Some(Position { line: 3, column: 4 }));
    fault.source_line = Some("y".repeat(9_000));
    let told =
        FaultHead { message: fault.message.clone(), source_line: fault.source_line.clone(), ..FaultHead::new(&fault) };
    let back = told.into_fault();
    assert_eq!(back.message.chars().count(), limits::ERROR_MESSAGE_CHARS_MAX);
    assert_eq!(back.source_line.unwrap().chars().count(), limits::SOURCE_LINE_CHARS_MAX);
    assert_eq!((back.kind, back.position), (FaultKind::Exception, Some(Position { line: 3, column: 4 })));
    let unknown = FaultHead { kind: 200, ..FaultHead::new(&fault) };
    assert_eq!(unknown.into_fault().kind, FaultKind::Internal);
}
