//! One connection, to either database. Everything that differs between the two stands in this file and in
//! `schema`; the nouns beside it hold each statement once.

use super::StorageError;
use bytes::BytesMut;
use postgres::types::{IsNull, ToSql, Type};
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::collections::HashMap;

/// A parameter or a column. Times are microseconds since 1970, flags 0 or 1, JSON is text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Self::Int(v)
    }
}
impl From<u64> for Value {
    fn from(v: u64) -> Self {
        Self::Int(i64::try_from(v).unwrap_or(i64::MAX))
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Self::Int(i64::from(v))
    }
}
impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::Text(v.to_owned())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Self {
        Self::Text(v)
    }
}
impl From<&[u8; 32]> for Value {
    fn from(v: &[u8; 32]) -> Self {
        Self::Blob(v.to_vec())
    }
}
impl From<Vec<u8>> for Value {
    fn from(v: Vec<u8>) -> Self {
        Self::Blob(v)
    }
}
impl From<firebell_domain::Instant> for Value {
    fn from(v: firebell_domain::Instant) -> Self {
        Self::Int(v.timestamp_micros())
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(i) => ValueRef::Integer(*i),
            Self::Text(t) => ValueRef::Text(t.as_bytes()),
            Self::Blob(b) => ValueRef::Blob(b),
        }))
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(i) => i.to_sql(ty, out),
            Self::Text(t) => t.to_sql(ty, out),
            Self::Blob(b) => b.to_sql(ty, out),
        }
    }
    // Every integer column is BIGINT and every other one TEXT or BYTEA, so the value decides.
    fn accepts(_: &Type) -> bool {
        true
    }
    postgres::types::to_sql_checked!();
}

/// A row of a result, by position.
pub struct Row(Vec<Value>);

impl Row {
    pub fn into_values(self) -> Vec<Value> {
        self.0
    }
    pub fn int(&self, i: usize) -> Result<i64, StorageError> {
        match self.0.get(i) {
            Some(Value::Int(v)) => Ok(*v),
            other => Err(StorageError::damaged(format!("column {i} is {other:?}, expected a number"))),
        }
    }
    pub fn opt_int(&self, i: usize) -> Result<Option<i64>, StorageError> {
        if matches!(self.0.get(i), Some(Value::Null)) { Ok(None) } else { self.int(i).map(Some) }
    }
    pub fn text(&self, i: usize) -> Result<&str, StorageError> {
        match self.0.get(i) {
            Some(Value::Text(v)) => Ok(v),
            other => Err(StorageError::damaged(format!("column {i} is {other:?}, expected text"))),
        }
    }
    pub fn opt_text(&self, i: usize) -> Result<Option<&str>, StorageError> {
        if matches!(self.0.get(i), Some(Value::Null)) { Ok(None) } else { self.text(i).map(Some) }
    }
    pub fn blob(&self, i: usize) -> Result<&[u8], StorageError> {
        match self.0.get(i) {
            Some(Value::Blob(v)) => Ok(v),
            other => Err(StorageError::damaged(format!("column {i} is {other:?}, expected bytes"))),
        }
    }
    pub fn u64(&self, i: usize) -> Result<u64, StorageError> {
        Ok(u64::try_from(self.int(i)?).unwrap_or(0))
    }
    pub fn flag(&self, i: usize) -> Result<bool, StorageError> {
        Ok(self.int(i)? != 0)
    }
    pub fn instant(&self, i: usize) -> Result<firebell_domain::Instant, StorageError> {
        let micros = self.int(i)?;
        chrono::DateTime::from_timestamp_micros(micros)
            .ok_or_else(|| StorageError::damaged(format!("column {i}: {micros} is not a time")))
    }
    pub fn opt_instant(&self, i: usize) -> Result<Option<firebell_domain::Instant>, StorageError> {
        if matches!(self.0.get(i), Some(Value::Null)) { Ok(None) } else { self.instant(i).map(Some) }
    }
    pub fn json<T: serde::de::DeserializeOwned>(&self, i: usize) -> Result<T, StorageError> {
        serde_json::from_str(self.text(i)?).map_err(|e| StorageError::damaged(format!("column {i}: {e}")))
    }
    pub fn parse<T: std::str::FromStr>(&self, i: usize) -> Result<T, StorageError> {
        let text = self.text(i)?;
        text.parse().map_err(|_| StorageError::damaged(format!("column {i}: `{text}` cannot be read")))
    }
}

/// A connection. Blocking: it belongs to a thread of its own.
pub enum Db {
    Sqlite(rusqlite::Connection),
    Postgres { client: Box<postgres::Client>, statements: HashMap<String, postgres::Statement> },
}

impl Db {
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// From here to `ROLLBACK`, reads see one moment.
    pub fn begin_snapshot(&mut self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(_) => self.batch("BEGIN"),
            Self::Postgres { .. } => {
                self.batch("SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0")?;
                self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            }
        }
    }

    /// One statement with `?1`, `?2`, … ; the number of rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StorageError> {
        match self {
            Self::Sqlite(c) => {
                let mut statement = c.prepare_cached(sql)?;
                Ok(statement.execute(rusqlite::params_from_iter(params))? as u64)
            }
            Self::Postgres { client, statements } => {
                let statement = prepared(client, statements, sql)?;
                Ok(client.execute(&statement, &as_params(params))?)
            }
        }
    }

    pub fn rows(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StorageError> {
        match self {
            Self::Sqlite(c) => {
                let mut statement = c.prepare_cached(sql)?;
                let columns = statement.column_count();
                let mut found = Vec::new();
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                while let Some(row) = rows.next()? {
                    let mut values = Vec::with_capacity(columns);
                    for i in 0..columns {
                        values.push(match row.get_ref(i)? {
                            ValueRef::Null => Value::Null,
                            ValueRef::Integer(v) => Value::Int(v),
                            ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
                            ValueRef::Blob(b) => Value::Blob(b.to_vec()),
                            ValueRef::Real(_) => {
                                return Err(StorageError::damaged("a column holds a fraction"));
                            }
                        });
                    }
                    found.push(Row(values));
                }
                Ok(found)
            }
            Self::Postgres { client, statements } => {
                let statement = prepared(client, statements, sql)?;
                let mut found = Vec::new();
                for row in client.query(&statement, &as_params(params))? {
                    let mut values = Vec::with_capacity(row.len());
                    for (i, column) in row.columns().iter().enumerate() {
                        let value = match *column.type_() {
                            Type::INT8 => row.try_get::<_, Option<i64>>(i)?.into(),
                            Type::INT4 => row.try_get::<_, Option<i32>>(i)?.map(i64::from).into(),
                            Type::BYTEA => {
                                row.try_get::<_, Option<Vec<u8>>>(i)?.map_or(Value::Null, Value::Blob)
                            }
                            _ => row.try_get::<_, Option<String>>(i)?.into(),
                        };
                        values.push(value);
                    }
                    found.push(Row(values));
                }
                Ok(found)
            }
        }
    }

    pub fn row(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, StorageError> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// Several statements without parameters.
    pub fn batch(&mut self, sql: &str) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(c) => Ok(c.execute_batch(sql)?),
            Self::Postgres { client, .. } => Ok(client.batch_execute(sql)?),
        }
    }

    /// Many rows with one statement each 64 of them: `head VALUES (…),(…) tail`.
    pub fn insert_many(&mut self, head: &str, tail: &str, rows: &[Vec<Value>]) -> Result<(), StorageError> {
        for chunk in rows.chunks(64) {
            let width = chunk[0].len();
            let tuples: Vec<String> = (0..chunk.len())
                .map(|r| {
                    let places: Vec<String> = (1..=width).map(|c| format!("?{}", r * width + c)).collect();
                    format!("({})", places.join(","))
                })
                .collect();
            let params: Vec<Value> = chunk.iter().flatten().cloned().collect();
            self.execute(&format!("{head} VALUES {} {tail}", tuples.join(",")), &params)?;
        }
        Ok(())
    }
}

fn as_params(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|p| p as &(dyn ToSql + Sync)).collect()
}

fn prepared(
    client: &mut postgres::Client,
    statements: &mut HashMap<String, postgres::Statement>,
    sql: &str,
) -> Result<postgres::Statement, StorageError> {
    if let Some(statement) = statements.get(sql) {
        return Ok(statement.clone());
    }
    let statement = client.prepare(&sql.replace('?', "$"))?;
    statements.insert(sql.to_owned(), statement.clone());
    Ok(statement)
}
