use super::*;
use firebell_domain::incident::{Declaration, IncidentEvent};
use firebell_domain::{IncidentId, Severity};
use firebell_protocol::library::IncidentRow;

fn at(minute: u32) -> Instant {
    format!("2026-11-25T02:{minute:02}:00Z").parse().unwrap()
}

fn team() -> Team {
    serde_json::from_value(json!({
        "team": { "name": "Acme", "time_zone": "Europe/Berlin" },
        "people": [
            { "id": "ana", "name": "Ana Ruiz", "email": "ana@example.com", "role": "admin" },
            { "id": "ben", "name": "=HYPERLINK(\"http://bad\")", "email": "ben@example.com", "role": "responder" },
        ],
        "services": [{ "id": "payments-api", "name": "Payments, API", "policy": "default" }],
    }))
    .unwrap()
}

fn listed(title: &str) -> Listed {
    let declaration = Declaration {
        title: title.into(),
        severity: Severity::Sev1,
        services: vec!["payments-api".into(), "gone".into()],
        detection: None,
        detected_at: Some(at(13)),
        page: None,
        commands: true,
    };
    let id = IncidentId(uuid::Uuid::from_u128(7));
    let event =
        IncidentEvent::Declared { incident: id, number: 12, by: "ana".into(), claimed_at: None, declaration };
    let mut incident = Incident::from_declared(at(15), &event).unwrap();
    incident.moments.acknowledged_at = Some(at(14));
    incident.moments.mitigated_at = Some(at(3));
    Listed {
        row: IncidentRow { incident, title: title.into(), pending: false, entries: 2 },
        impact: "Nobody can pay.\nNobody.".into(),
        responders: vec!["ben".into()],
    }
}

fn written(format: Format, all: &[Listed]) -> String {
    let mut sheet = Sheet::begin(format, vec![]).unwrap();
    all.iter().for_each(|l| sheet.put(l, Some(&team())).unwrap());
    String::from_utf8(sheet.finish().unwrap()).unwrap()
}

/// What a reader of the file has under this name.
fn read(csv: &str, line: usize, column: &str) -> String {
    let at = COLUMNS.iter().position(|c| *c == column).unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.records().nth(line).unwrap().unwrap()[at].to_owned()
}

#[test]
fn a_spreadsheet_reads_back_what_was_written_with_names_and_moments_in_utc() {
    let csv = written(Format::Csv, &[listed("He said \"down\", twice")]);
    for (column, value) in [
        ("number", "12"),
        ("title", "He said \"down\", twice"),
        ("impact", "Nobody can pay.\nNobody."),
        ("severity", "SEV1"),
        ("status", "investigating"),
        ("services", "Payments, API; gone"),
        ("commander", "Ana Ruiz"),
        ("scribe", ""),
        ("declared_at", "2026-11-25T02:15:00Z"),
        ("resolved_at", ""),
        ("seconds_to_acknowledge", "60"),
        ("seconds_to_mitigate", ""),
        ("known_to_team", "true"),
    ] {
        assert_eq!(read(&csv, 0, column), value, "{column}");
    }
    assert!(csv.contains("\"He said \"\"down\"\", twice\""), "quotes are doubled: {csv}");
    assert_eq!(csv.matches("\r\n").count(), 2, "lines end as RFC 4180 says");
}

#[test]
fn nothing_that_somebody_wrote_is_a_formula_in_a_spreadsheet() {
    for title in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
        let csv = written(Format::Csv, &[listed(title)]);
        assert_eq!(read(&csv, 0, "title"), format!("'{title}"));
    }
    let csv = written(Format::Csv, &[listed("a = b")]);
    assert_eq!(read(&csv, 0, "title"), "a = b");
    assert_eq!(read(&csv, 0, "responders"), "'=HYPERLINK(\"http://bad\")", "nor a name");
    let json: Value = serde_json::from_str(&written(Format::Json, &[listed("=1+1")])).unwrap();
    assert_eq!(json[0]["title"], "=1+1", "a script gets it as it is");
}

#[test]
fn json_has_the_same_fields_and_lists_as_lists() {
    let json: Value = serde_json::from_str(&written(Format::Json, &[listed("One"), listed("Two")])).unwrap();
    let names: Vec<&str> = json[1].as_object().unwrap().keys().map(String::as_str).collect();
    let mut columns = COLUMNS.to_vec();
    columns.sort_unstable();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, columns);
    assert_eq!(json[0]["services"], json!(["Payments, API", "gone"]));
    assert_eq!(json[0]["seconds_to_acknowledge"], 60);
    assert_eq!(json[0]["resolved_at"], Value::Null);
}

#[test]
fn of_nothing_there_is_the_line_of_names_or_an_empty_array() {
    assert_eq!(written(Format::Csv, &[]), format!("{}\r\n", COLUMNS.join(",")));
    let json: Value = serde_json::from_str(&written(Format::Json, &[])).unwrap();
    assert_eq!(json, json!([]));
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..2)
        .map(|_| new_file(&folder.path().join("new"), &name_of_list(at(13)), ending(Format::Csv)).unwrap().0)
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["incidents-2026-11-25-021300Z.csv", "incidents-2026-11-25-021300Z-2.csv"]);
}

#[test]
fn a_document_never_replaces_one_that_is_there_and_is_read_by_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = write_file(folder.path(), "postmortem-x", "md", b"one").unwrap();
    let second = write_file(folder.path(), "postmortem-x", "md", b"two").unwrap();
    assert_eq!(first.file_name().unwrap(), "postmortem-x.md");
    assert_eq!(second.file_name().unwrap(), "postmortem-x-2.md");
    assert_eq!(std::fs::read(first).unwrap(), b"one");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(second).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
