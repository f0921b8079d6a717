//! An answer as it comes in: its headers and its body, each bounded before and after it is unpacked, never waited for without end.

use reqwest::{Response, header::CONTENT_ENCODING};
use weir_model::limits::{
    ANSWER_HEADER_BYTES_MAX, ANSWER_HEADERS_MAX, ANSWER_IDLE_MAX, ANSWER_RATIO_MAX, ERROR_ANSWER_BYTES_MAX,
};

use super::unpack::{Coding, NotUnpacked, UnknownCoding, Wanted, unpacked};
use crate::http::cause;

/// Whole.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// Why an answer is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    TooLarge,
    /// The connection ended in the middle, or nothing came any more.
    Broke(String),
    /// Something HTTP or weir does not allow.
    Unacceptable(String),
}

impl Trouble {
    pub(super) fn told(&self, bytes_max: u64) -> String {
        match self {
            Self::TooLarge => format!("its answer is over the limit of {bytes_max} bytes"),
            Self::Broke(why) | Self::Unacceptable(why) => why.clone(),
        }
    }
}

pub(super) async fn receive(mut response: Response, bytes_max: u64) -> Result<Received, Trouble> {
    let status = response.status();
    let headers = headers(&response)?;
    let codings = response.headers().get_all(CONTENT_ENCODING).iter().map(|coding| coding.as_bytes());
    let coding = match status.as_u16() {
        // Nobody reads the body of these, which may claim what they like.
        204 | 205 | 304 => Ok(Coding::Plain),
        _ => Coding::of(codings),
    };
    // What went wrong is told in few bytes; where they are not few, the beginning tells it.
    let (limit, wanted) = match status.is_success() {
        true => (bytes_max, Wanted::All),
        false => (ERROR_ANSWER_BYTES_MAX, Wanted::Beginning),
    };
    if wanted == Wanted::All && response.content_length().is_some_and(|announced| announced > limit) {
        return Err(Trouble::TooLarge);
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut body = Vec::new();
    while let Some(chunk) = chunk(&mut response).await? {
        if let Err(UnknownCoding(name)) = &coding {
            return Err(Trouble::Unacceptable(format!(
                "its answer is compressed ({name}) though weir asked for it plain, and weir unpacks gzip and deflate only"
            )));
        }
        let room = limit - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        match wanted {
            _ if chunk.len() <= room => {}
            Wanted::Beginning => break,
            Wanted::All => return Err(Trouble::TooLarge),
        }
    }
    let body = unpacked(coding.unwrap_or(Coding::Plain), body, limit, wanted)?;
    Ok(Received { status: status.as_u16(), headers, body })
}

impl From<NotUnpacked> for Trouble {
    fn from(why: NotUnpacked) -> Self {
        match why {
            NotUnpacked::TooLarge => Self::TooLarge,
            NotUnpacked::OutOfProportion => Self::Unacceptable(format!(
                "its compressed answer is more than {ANSWER_RATIO_MAX} times larger when it is unpacked, and weir takes no such"
            )),
            NotUnpacked::Damaged => {
                Self::Unacceptable("its compressed answer is damaged, or was cut off before its end".to_owned())
            }
        }
    }
}

async fn chunk(response: &mut Response) -> Result<Option<impl AsRef<[u8]> + std::ops::Deref<Target = [u8]>>, Trouble> {
    match tokio::time::timeout(ANSWER_IDLE_MAX, response.chunk()).await {
        Ok(Ok(chunk)) => Ok(chunk),
        Ok(Err(error)) => Err(Trouble::Broke(format!("the connection to it broke: {}", cause(&error)))),
        Err(_) => Err(Trouble::Broke(format!("its answer stopped coming for {ANSWER_IDLE_MAX:?}"))),
    }
}

fn headers(response: &Response) -> Result<Vec<(String, String)>, Trouble> {
    let headers = response.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > ANSWER_HEADERS_MAX || bytes > ANSWER_HEADER_BYTES_MAX {
        return Err(Trouble::Unacceptable(format!(
            "its answer has {} headers of {bytes} bytes, more than the {ANSWER_HEADERS_MAX} of {ANSWER_HEADER_BYTES_MAX} weir reads",
            headers.len()
        )));
    }
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect())
}

#[cfg(test)]
mod tests {
    use axum::http::Response as Plain;
    use futures_util::{StreamExt, stream};

    use super::*;

    fn response(status: u16, body: reqwest::Body) -> Response {
        Plain::builder().status(status).body(body).unwrap().into()
    }

    #[tokio::test(start_paused = true)]
    async fn h14_an_answer_that_stops_coming_is_given_up() {
        let some = stream::iter([Ok::<_, std::io::Error>("{\"a\":")]).chain(stream::pending());
        let trouble = receive(response(200, reqwest::Body::wrap_stream(some)), 1_000).await.unwrap_err();
        assert_eq!(trouble, Trouble::Broke("its answer stopped coming for 30s".into()));
    }

    #[tokio::test]
    async fn an_error_is_cut_where_a_result_is_refused() {
        let large = "x".repeat(1 << 20);
        let refused = receive(response(200, large.clone().into()), 1_000).await.unwrap_err();
        assert_eq!(refused, Trouble::TooLarge);
        let cut = receive(response(500, large.into()), 1_000).await.unwrap();
        assert_eq!((cut.status, cut.body.len() as u64), (500, ERROR_ANSWER_BYTES_MAX));
        let exact = receive(response(200, "x".repeat(1_000).into()), 1_000).await.unwrap();
        assert_eq!(exact.body.len(), 1_000);
    }
}
