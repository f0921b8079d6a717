//! Servers that speak TLS and HTTP/2 badly, frame by frame.

use rustls::{
    ClientConfig, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::net::TcpListener;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::*;

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// A client's own: it trusts the tests' authority alone.
pub(super) fn trusting() -> ClientConfig {
    super::super::tls::of_root(certificate(include_str!("../../../tests/tls/authority.pem")))
}

/// A server with this certificate; what it does with each connection is told.
async fn server<F>(pem: &str, protocol: &str, serve: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static) -> Served
where
    F: Future<Output = ()> + Send,
{
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../../tests/tls/key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![certificate(pem)], key).unwrap();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = Served { port: listener.local_addr().unwrap().port(), let_in: Arc::default() };
    let (acceptor, let_in) = (TlsAcceptor::from(Arc::new(config)), served.let_in.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                let_in.fetch_add(1, Ordering::Relaxed);
                serve(stream).await;
            }
        }
    });
    served
}

struct Served {
    port: u16,
    /// Connections on which a client said anything but the handshake.
    let_in: Arc<AtomicUsize>,
}

async fn asked(port: u16) -> Result<String, String> {
    let client = client_of(OPEN, Names::new(&["127.0.0.1"]));
    let fetch = async {
        let response = client.get(format!("https://api.test:{port}/")).send().await?;
        response.text().await
    };
    let fetched = tokio::time::timeout(PATIENCE, fetch).await.expect("an exchange that never ends");
    fetched.map_err(|error| crate::http::cause(&error))
}

#[tokio::test]
async fn h15_a_certificate_is_good_or_nothing_is_sent() {
    let answer = |mut stream: TlsStream<TcpStream>| async move {
        let mut some = [0; 1024];
        if stream.read(&mut some).await.is_ok_and(|read| read > 0) {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await;
        }
    };
    for (pem, expected) in [
        (include_str!("../../../tests/tls/good.pem"), Ok("ok".to_owned())),
        (include_str!("../../../tests/tls/expired.pem"), Err("certificate expired")),
        (include_str!("../../../tests/tls/other.pem"), Err("not valid for name")),
        (include_str!("../../../tests/tls/alone.pem"), Err("UnknownIssuer")),
    ] {
        let served = server(pem, "http/1.1", answer).await;
        match (asked(served.port).await, expected) {
            (Ok(body), Ok(expected)) => assert_eq!(body, expected),
            (Err(why), Err(expected)) => {
                assert!(why.contains(expected), "{why}");
                assert_eq!(served.let_in.load(Ordering::Relaxed), 0, "{expected}: a handshake was done");
            }
            (got, expected) => panic!("{got:?} instead of {expected:?}"),
        }
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
/// `:status: 200` from HPACK's static table.
const STATUS_200: u8 = 0x88;

#[tokio::test]
async fn h15_http2_that_breaks_off_floods_or_resets_is_a_failure_and_no_hang() {
    let headers = frame(HEADERS, END_HEADERS, 1, &[STATUS_200]);
    let away = [[0, 0, 0, 1], [0, 0, 0, 2]].concat();
    let endless = frame(CONTINUATION, 0, 1, &[&[0x40, 1, b'a', 0x7f, 0x81, 0x7f][..], &[b'x'; 256]].concat());
    for (name, frames) in [
        ("reset after headers", vec![headers.clone(), frame(RESET, 0, 1, &[0, 0, 0, 2])]),
        ("away in the middle", vec![headers.clone(), frame(DATA, 0, 1, b"some"), frame(GOAWAY, 0, 0, &away)]),
        ("reset at once", vec![frame(RESET, 0, 1, &[0, 0, 0, 2])]),
        ("continuations without end", [vec![frame(HEADERS, 0, 1, &[STATUS_200])], vec![endless; 20_000]].concat()),
        ("a frame too large", vec![headers.clone(), frame(DATA, 0, 1, &vec![0; 1 << 20])]),
        ("no frames", vec![b"\xff".repeat(100)]),
    ] {
        let frames = Arc::new(frames);
        let serve = move |mut stream: TlsStream<TcpStream>| {
            let frames = frames.clone();
            async move {
                let mut some = [0; 4096];
                let _ = stream.read(&mut some).await;
                let _ = stream.write_all(&frame(SETTINGS, 0, 0, &[])).await;
                let _ = stream.read(&mut some).await;
                let all = frames.concat();
                let _ = stream.write_all(&all).await;
                let _ = stream.shutdown().await;
            }
        };
        let served = server(include_str!("../../../tests/tls/good.pem"), "h2", serve).await;
        let told = asked(served.port).await;
        assert!(told.is_err(), "{name}: {told:?}");
    }
}
