//! The least of an HTTP client: one kept-alive connection, JSON out, a status back. The load must not cost more
//! than what is measured.

use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Wire {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Wire {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream =
            TcpStream::connect(address).await.with_context(|| format!("{address} does not answer"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, request: Vec::with_capacity(1_024), answer: Vec::with_capacity(1_024) })
    }

    /// The status of the answer, after the whole of it was read.
    pub async fn post(&mut self, path: &str, body: &str) -> Result<u16> {
        self.request.clear();
        let length = body.len();
        self.request.extend_from_slice(
            format!("POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
                .as_bytes(),
        );
        self.request.extend_from_slice(body.as_bytes());
        self.stream.write_all(&self.request).await?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("the connection was closed in the middle of an answer");
            }
            if let Some(status) = whole(&self.answer)? {
                return Ok(status);
            }
        }
    }

    /// As [`post`](Self::post); anything but success is an error.
    pub async fn accepted(&mut self, path: &str, body: &str) -> Result<()> {
        match self.post(path, body).await? {
            200..=299 => Ok(()),
            status => bail!("POST {path} was answered {status}: {}", String::from_utf8_lossy(&self.answer)),
        }
    }
}

/// The status, when the answer has arrived to its end.
fn whole(answer: &[u8]) -> Result<Option<u16>> {
    let Some(head) = answer.windows(4).position(|w| w == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&answer[..head])?;
    let length = text
        .lines()
        .find_map(|l| l.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case("content-length")))
        .map_or(Ok(0), |(_, n)| n.trim().parse::<usize>())?;
    if answer.len() < head + 4 + length {
        return Ok(None);
    }
    let status = text.split(' ').nth(1).context("an answer without a status")?;
    Ok(Some(status.parse()?))
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn an_answer_counts_when_it_is_whole() {
        let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(whole(answer).unwrap(), Some(202));
        assert_eq!(whole(&answer[..answer.len() - 1]).unwrap(), None);
        assert_eq!(whole(&answer[..20]).unwrap(), None);
    }
}
