//! A weir that serves HTTP, and a raw client of it: bytes out, one answer in, nothing done for the caller.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, ExitStatus, Stdio},
    thread,
};

use serde_json::{Value, json};

use crate::place::{PATIENCE, Place};

pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(place: &Place) -> Self {
        let mut child = place
            .weir(&["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("weir says where it listens").unwrap();
            if let Some((_, rest)) = line.split_once("listening on http://") {
                break rest.trim_end_matches("/mcp").parse().unwrap();
            }
        };
        thread::spawn(move || lines.for_each(|line| eprintln!("weir: {}", line.unwrap_or_default())));
        Self { child, address }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes on a connection of their own and reads one answer.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server may refuse before it has read everything.
        let _ = stream.write_all(bytes);
        Answer::read(&mut BufReader::new(stream)).expect("an answer")
    }

    pub(crate) fn send(&self, request: &Request) -> Answer {
        self.raw(&request.bytes(self.address))
    }

    /// Opens a session of the era before 2026-07-28 and gives its id.
    pub(crate) fn session(&self) -> String {
        let params =
            json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}});
        let answer =
            self.send(&Request::post(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.header("mcp-session-id").expect("a session").to_owned()
    }

    /// A request every server must answer, whatever was done to it before.
    pub(crate) fn assert_alive(&self) {
        let answer = self.send(&Request::modern(json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover"})));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.json()["result"]["supportedVersions"].is_array(), "{answer:?}");
    }

    pub(crate) fn ended(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &'static str, body: Vec<u8>) -> Self {
        let headers = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")];
        Self { method, headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), body }
    }

    pub(crate) fn post(message: &Value) -> Self {
        Self::new("POST", message.to_string().into_bytes())
    }

    /// A stateless request with every header that 2026-07-28 asks for.
    pub(crate) fn modern(mut message: Value) -> Self {
        if message.get("params").is_none() {
            message["params"] = json!({});
        }
        let meta = &mut message["params"]["_meta"];
        meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
        let request = Self::post(&message)
            .with("MCP-Protocol-Version", "2026-07-28")
            .with("Mcp-Method", message["method"].as_str().unwrap());
        match message["params"]["name"].as_str() {
            Some(name) => request.with("Mcp-Name", name),
            None => request,
        }
    }

    /// Sets a header, instead of the one of that name if there is one.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn bytes(&self, address: SocketAddr) -> Vec<u8> {
        let mut head = format!("{} /mcp HTTP/1.1\r\n", self.method);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += &format!("Host: {address}\r\n");
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", self.body.len());
        [head.as_bytes(), &self.body].concat()
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<Self> {
        let mut answer = Self::head(reader)?;
        let length = answer.header("content-length").map(|length| length.parse().expect("a length"));
        let mut body = Vec::new();
        if answer.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = chunk(reader)? {
                body.extend(chunk);
            }
        } else {
            reader.take(length.unwrap_or(u64::MAX)).read_to_end(&mut body)?;
        }
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(answer)
    }

    /// Status and headers; what follows is left unread.
    pub(crate) fn head(reader: &mut impl BufRead) -> io::Result<Self> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let status = lines[0].split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        let headers = lines[1..].iter().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Ok(Self { status, headers, body: String::new() })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The JSON-RPC messages of the body, an event stream or one message.
    pub(crate) fn messages(&self) -> Vec<Value> {
        let events = self.body.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
        let texts: Vec<_> = events.filter(|data| !data.is_empty()).collect();
        let texts = if texts.is_empty() { vec![self.body.as_str()] } else { texts };
        texts
            .iter()
            .map(|text| serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {self:?}")))
            .collect()
    }

    /// The last message: the answer proper.
    pub(crate) fn json(&self) -> Value {
        self.messages().pop().expect("a message")
    }
}

pub(crate) fn chunk(reader: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut size = String::new();
    reader.read_line(&mut size)?;
    let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
    let mut bytes = vec![0; size + 2];
    reader.read_exact(&mut bytes)?;
    bytes.truncate(size);
    Ok((size > 0).then_some(bytes))
}
