//! The limit of `triage.gather_ms`: plain GETs to these addresses at once, until the slowest has answered, so many times.
//! `baseline-gets ROUNDS ADDRESS…`; prints the percentiles in milliseconds.

use anyhow::{Context, Result};
use firebell_bench::figure::percentile;
use futures_util::future::try_join_all;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn get(address: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.context("it did not answer")?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().context("say how many rounds")?.parse()?;
    let addresses: Vec<_> = arguments.collect();
    let mut took = vec![];
    for _ in 0..rounds {
        let began = Instant::now();
        try_join_all(addresses.iter().map(|a| get(a))).await?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    println!(r#"{{"p50":{},"p99":{}}}"#, percentile(&mut took, 50.0), percentile(&mut took, 99.0));
    Ok(())
}
