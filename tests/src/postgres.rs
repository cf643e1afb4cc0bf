//! Databases for journeys on PostgreSQL.

use tokio_postgres::NoTls;

/// The address of a new, empty database in the cluster of `FIREBELL_TEST_POSTGRES` (`scripts/postgres` starts one);
/// `None` when there is no cluster.
pub async fn fresh_database(name: &str) -> Option<String> {
    let cluster = std::env::var("FIREBELL_TEST_POSTGRES").ok()?;
    let (client, connection) =
        tokio_postgres::connect(&cluster, NoTls).await.expect("the test's PostgreSQL is up");
    let connection = tokio::spawn(connection);
    let database = format!("journey_{name}");
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await.expect("dropped");
    client.batch_execute(&format!("CREATE DATABASE {database}")).await.expect("created");
    drop(client);
    // It ends when the client is gone.
    let _ = connection.await;
    let (server, _) = cluster.rsplit_once('/').expect("an address with a database");
    Some(format!("{server}/{database}"))
}
