//! Sources: dialects, folders, databases, and what is wrong with files, in sentences.

use std::io::Write as _;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use privacy::Ledger;
use tables::{Source, SourceError, SourceOptions};

use crate::support::{File, refusal, rows};

#[test]
fn one_table_reads_alike_in_every_dialect_and_encoding() {
    let plain = "name,city,amount\nJosé,\"Köln, Süd\",1\nAnna,Zürich,2\n";
    let expected = rows(&File::new("t.csv", plain).path, &SourceOptions::default()).unwrap();
    assert_eq!(expected.1[0], ["José", "Köln, Süd", "1"]);
    let semicolons = "name;city;amount\r\nJosé;Köln, Süd;1\r\nAnna;Zürich;2\r\n";
    let tabs = "name\tcity\tamount\nJosé\tKöln, Süd\t1\nAnna\tZürich\t2";
    let spaced = "name, city, amount\nJosé, \"Köln, Süd\", 1\nAnna, Zürich, 2\n";
    let utf16: Vec<u8> = format!("\u{feff}{tabs}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let old: Vec<u8> = semicolons.chars().map(|c| c as u8).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(plain.as_bytes()).unwrap();
    let files = [
        File::new("a.csv", semicolons),
        File::new("a.tsv", tabs),
        File::new("a.txt", spaced),
        File::new("a.csv", utf16),
        File::new("a.csv", old),
        File::new("a.csv.gz", packed.finish().unwrap()),
        File::new("a.csv", format!("\u{feff}{plain}\n\n")),
    ];
    for file in files {
        assert_eq!(
            rows(&file.path, &SourceOptions::default()).unwrap(),
            expected
        );
    }
}

#[test]
fn a_second_scan_gives_the_same_rows_and_the_ledger_knows_both() {
    let text: String = std::iter::once("a,b\n".to_owned())
        .chain((0..20_000).map(|i| format!("{i},x{i}\n")))
        .collect();
    let file = File::new("t.csv", &text);
    let mut source = Source::open(file.location(), &SourceOptions::default()).unwrap();
    let mut ledger = Ledger::new();
    let mut sums = Vec::new();
    for purpose in ["column kinds", "counts"] {
        let mut bytes = 0;
        let rows = source
            .scan(&mut ledger, purpose, &mut |batch| {
                assert!(batch.num_rows() <= 8192);
                bytes += batch.get_array_memory_size();
                Ok::<(), SourceError>(())
            })
            .unwrap();
        sums.push((rows, bytes));
    }
    assert_eq!(sums[0], sums[1]);
    assert_eq!(sums[0].0, 20_000);
    assert_eq!(
        ledger.entries()[1].what,
        "table t.csv: 20,000 rows of 2 columns"
    );
    assert_eq!(source.about().sha256.as_ref().unwrap().len(), 64);
}

#[test]
fn mistakes_in_csv_are_sentences_with_their_place() {
    let cases = [
        refusal("a,b,zip\n1,2,3\n4,5\n"),
        refusal("a,b\n1,2\n3,4,5\n"),
        refusal("a,b\n1,\"2\n3,4\n"),
        refusal("a,b\n1,\"2\"x\n"),
        refusal("a,b,a\n1,2,3\n"),
        refusal("a,b\n"),
        refusal(""),
        refusal(b"a,b\n1,\xc3\xa9\n2,\xe9\n"),
        refusal(b"a,b\n1,2\n3,\x004\n"),
        refusal("x,".repeat(1_000_000)),
        refusal(format!("a,b\n1,{}", "x".repeat(20_000_000))),
    ];
    let expected = [
        "t.csv, line 3 has 2 cells, and the table has 3 columns; there is none for `zip`; a cell that holds a delimiter must be in quotes",
        "t.csv, line 3 has 3 cells, and the table has 2 columns; the last column is `b`; a cell that holds a delimiter must be in quotes",
        "t.csv, line 2: a quoted cell begins here and is never closed; add the closing quote, or double the quotes inside the cell",
        "t.csv, line 2: text follows the closing quote of cell 2; quotes inside a quoted cell are doubled",
        "t.csv: columns 1 and 3 are both called `a`; give every column a name of its own",
        "table t.csv has columns and no rows; a population is learned from at least one row, a good one from thousands",
        "t.csv has no columns: it is empty; a table begins with a line of column names",
        "t.csv, line 3: the text changes its encoding here; until then it was UTF-8; save the whole file as UTF-8; files of several programs were probably joined",
        "t.csv, line 3: a NUL byte, which no text holds; the file is binary or damaged; export it as CSV again",
        "t.csv has 1,000,001 columns; a table has at most 10,000; if columns repeat (one a day, one a gene), turn them into rows of a second table",
        "t.csv, line 2 has more than 16 MiB; a table has a line for each row; is this the right file?",
    ];
    assert_eq!(cases, expected);
}

#[test]
fn files_that_are_no_tables_are_told_what_would_be() {
    let open = |file: &File| Source::open(file.location(), &SourceOptions::default()).unwrap_err();
    assert!(
        open(&File::new("t.csv", b"PAR1xxxx"))
            .to_string()
            .ends_with("is neither CSV nor Parquet")
    );
    assert!(
        open(&File::new("t.parquet", b"PAR1xxxx"))
            .to_string()
            .contains("no whole Parquet file")
    );
    assert!(
        open(&File::new("t.db", b"hello, hello, hello, hello"))
            .to_string()
            .contains("no SQLite file")
    );
    let missing = Source::open("nowhere.csv", &SourceOptions::default()).unwrap_err();
    assert_eq!(missing.to_string(), "nowhere.csv does not exist");
    assert!(missing.hint().is_some());
    let query = SourceOptions {
        query: Some("select 1".into()),
        ..SourceOptions::default()
    };
    assert!(
        Source::open(File::new("t.csv", "a\n1\n").location(), &query)
            .unwrap_err()
            .to_string()
            .contains("is a file")
    );
}

#[test]
fn a_folder_is_one_table_in_order_of_names() {
    let file = File::new("b.csv", "x,y\n3,4\n");
    std::fs::write(file.folder.path().join("a.csv"), "x,y\n1,2\n").unwrap();
    std::fs::write(file.folder.path().join("README.md"), "no table").unwrap();
    let (names, read) = rows(file.folder.path(), &SourceOptions::default()).unwrap();
    assert_eq!(names, ["x", "y"]);
    assert_eq!(read, [["1", "2"], ["3", "4"]]);
    std::fs::write(file.folder.path().join("c.csv"), "x,z\n1,2\n").unwrap();
    let error = rows(file.folder.path(), &SourceOptions::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("c.csv, line 1: column 2 is not `y`, as in the first file of the folder"),
        "{error}"
    );
}

#[test]
fn headers_are_told_from_data() {
    let first = |text: &str| {
        rows(&File::new("t.csv", text).path, &SourceOptions::default())
            .unwrap()
            .0
    };
    assert_eq!(first("1,a\n2,b\n"), ["column_1", "column_2"]);
    assert_eq!(
        first("id,2020,2021\nx,1,2\n"),
        ["column_1", "column_2", "column_3"]
    );
    assert_eq!(first("2020,name\nyes,b\n"), ["2020", "name"]);
    assert_eq!(first(",b\n1,2\n"), ["column_1", "b"]);
    let data = SourceOptions {
        header: Some(true),
        ..SourceOptions::default()
    };
    assert_eq!(
        rows(&File::new("t.csv", "1,a\n2,b\n").path, &data)
            .unwrap()
            .0,
        ["1", "a"]
    );
}

#[test]
fn parquet_is_read_with_its_types_and_a_cut_file_is_refused() {
    let batch = RecordBatch::try_from_iter([
        (
            "id",
            Arc::new(Int64Array::from_iter_values(0..50_000)) as ArrayRef,
        ),
        (
            "amount",
            Arc::new(Float64Array::from_iter_values((0..50_000).map(f64::from))) as ArrayRef,
        ),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let file = File::new("t.parquet", &bytes);
    let mut source = Source::open(file.location(), &SourceOptions::default()).unwrap();
    assert_eq!(
        source.about().to_string(),
        "table t.parquet: 50,000 rows of 2 columns"
    );
    let scan = |source: &mut Source| {
        source.scan(&mut Ledger::new(), "a test", &mut |_| {
            Ok::<(), SourceError>(())
        })
    };
    assert_eq!(scan(&mut source).unwrap(), 50_000);
    // The footer is whole, and a page in the middle is not.
    let middle = bytes.len() / 3;
    bytes[middle..middle + 2000].fill(0xa5);
    let file = File::new("t.parquet", &bytes);
    if let Ok(mut source) = Source::open(file.location(), &SourceOptions::default()) {
        // Plain pages carry no checksum: either the damage is found, or every row is still there.
        match scan(&mut source) {
            Ok(rows) => assert_eq!(rows, 50_000),
            Err(error) => assert!(
                error.to_string().contains("no whole Parquet file"),
                "{error}"
            ),
        }
    }
    for cut in [0, 3, 8, 100, bytes.len() - 1] {
        let file = File::new("t.parquet", &bytes[..cut]);
        let error = Source::open(file.location(), &SourceOptions::default()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("t.parquet is no whole Parquet file"),
            "{error}"
        );
    }
}

#[test]
fn sqlite_gives_tables_and_queries() {
    let file = File::new("shop.db", "");
    let connection = rusqlite::Connection::open(&file.path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE clients (id INTEGER, name TEXT, balance REAL); \
             INSERT INTO clients VALUES (1, 'A', 2.0), (2, NULL, 3.25); CREATE TABLE \"odd \"\"name\" (x BLOB); INSERT INTO \"odd \"\"name\" VALUES (x'00');",
        )
        .unwrap();
    let options = |table: Option<&str>, query: Option<&str>| SourceOptions {
        table: table.map(str::to_owned),
        query: query.map(str::to_owned),
        ..SourceOptions::default()
    };
    let (names, read) = rows(&file.path, &options(Some("clients"), None)).unwrap();
    assert_eq!(names, ["id", "name", "balance"]);
    assert_eq!(read, [["1", "A", "2.0"], ["2", "∅", "3.25"]]);
    let (names, read) = rows(
        &file.path,
        &options(
            None,
            Some("SELECT name AS n, count(*) AS c FROM clients GROUP BY 1 ORDER BY 1"),
        ),
    )
    .unwrap();
    assert_eq!(
        (names, read),
        (
            vec!["n".to_owned(), "c".to_owned()],
            vec![
                vec!["∅".to_owned(), "1".to_owned()],
                vec!["A".to_owned(), "1".to_owned()]
            ]
        )
    );
    let refused = |table, query| rows(&file.path, &options(table, query)).unwrap_err();
    let choice = refused(None, None);
    assert!(choice.to_string().ends_with("has 2 tables"), "{choice}");
    assert!(
        choice.hint().unwrap().contains("`clients`, `odd \"name`"),
        "{choice:?}"
    );
    assert!(
        refused(Some("client"), None)
            .to_string()
            .contains("has no table `client`")
    );
    assert!(
        refused(None, Some("DELETE FROM clients"))
            .to_string()
            .contains("would change the database")
    );
    assert!(
        refused(None, Some("SELEC 1"))
            .to_string()
            .contains("cannot be run")
    );
    assert!(
        refused(Some("odd \"name"), None)
            .to_string()
            .contains("row 1: column `x` holds binary data")
    );
}

#[cfg(feature = "postgres")]
#[test]
fn a_server_that_is_not_there_is_a_sentence_without_the_password() {
    let url = "postgres://ada:secret@127.0.0.1:1/clients";
    let error = Source::open(url, &SourceOptions::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("PostgreSQL database `clients` at 127.0.0.1 cannot be reached"),
        "{error}"
    );
    assert!(error.is_by_machine());
    assert!(!format!("{error:?}").contains("secret"));
    let error = Source::open("postgres://[", &SourceOptions::default()).unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
}
