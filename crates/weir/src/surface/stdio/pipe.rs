//! The process's stdin and stdout as async streams, without a hop through a blocking thread where the system allows it:
//! pipes (shells, Python, Rust clients) and socket pairs (Node's clients).

use std::{
    io,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net,
    },
};

use rustix::fs::{FileType, fstat};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::UnixStream,
};

type Reader = Box<dyn AsyncRead + Send + Unpin>;
type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// Fails where a stream is closed.
pub(super) fn open() -> io::Result<(Reader, Writer)> {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    if is_socket(stdin.as_fd())? && is_socket(stdout.as_fd())? {
        return Ok((Box::new(socket(stdin.as_fd())?), Box::new(socket(stdout.as_fd())?)));
    }
    let (reader, writer) = rmcp::transport::stdio_pipes();
    Ok((Box::new(reader), Box::new(writer)))
}

fn is_socket(fd: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(FileType::from_raw_mode(fstat(fd)?.st_mode) == FileType::Socket)
}

/// A socket of its own. Non-blocking from here on, the process's own copy included: nothing else reads stdin or writes
/// stdout while a client is served.
fn socket(fd: BorrowedFd<'_>) -> io::Result<UnixStream> {
    let stream = net::UnixStream::from(fd.try_clone_to_owned()?);
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}
