//! What is read and written again.

use std::path::Path;

use population::Seed;
use privacy::{Ledger, Sealed};
use tables::{
    Cells, FileFormat, Kind, Layout, Overrides, Source, SourceOptions, Storage, Table, TableWriter,
    write_table,
};

use crate::support::{File, clients, rows};

fn read(path: &Path, overrides: &Overrides) -> (Sealed<Table>, Ledger) {
    let mut ledger = Ledger::new();
    let mut source = Source::open(path.to_str().unwrap(), &SourceOptions::default()).unwrap();
    let layout = Layout::detect(&mut source, overrides, &mut ledger).unwrap();
    (
        Table::read(&mut source, &layout, &mut ledger).unwrap(),
        ledger,
    )
}

#[test]
fn every_cell_of_a_csv_comes_back_but_identifiers_and_texts() {
    let file = File::new("clients.csv", clients(1000));
    let (table, mut ledger) = read(&file.path, &Overrides::none());
    let out = file.folder.path().join("out.csv");
    table
        .read(&mut ledger, "a copy", |table| {
            write_table(table, &out, FileFormat::Csv, Seed(1))
        })
        .unwrap();
    let (names, before) = rows(&file.path, &SourceOptions::default()).unwrap();
    let (names_after, after) = rows(&out, &SourceOptions::default()).unwrap();
    assert_eq!(names, names_after);
    for (row, (before, after)) in before.iter().zip(&after).enumerate() {
        assert_eq!(before[1..7], after[1..7], "row {row}");
        assert!(after[0].starts_with("C-") && after[0] != before[0]);
        assert!(after[7].ends_with("@example.com"));
    }
    assert_eq!(before.len(), after.len());
    assert!(
        ledger
            .statement()
            .starts_with("There is no privacy guarantee")
    );
    assert!(!ledger.statement().contains("nurse"));
    assert!(!file.folder.path().join("out.csv.part").exists());
}

#[test]
fn parquet_keeps_types_and_values() {
    let file = File::new("clients.csv", clients(1000));
    let (table, mut ledger) = read(&file.path, &Overrides::none());
    let out = file.folder.path().join("out.parquet");
    let first = table.open(&mut ledger, "a copy");
    write_table(first, &out, FileFormat::Parquet, Seed(1)).unwrap();
    let mut source = Source::open(out.to_str().unwrap(), &SourceOptions::default()).unwrap();
    let types: Vec<String> = source
        .schema()
        .fields()
        .iter()
        .map(|field| field.data_type().to_string())
        .collect();
    assert_eq!(
        types,
        [
            "Utf8", "Int64", "Utf8", "Utf8", "Date32", "Utf8", "Utf8", "Utf8"
        ]
    );
    let layout = Layout::detect(&mut source, &Overrides::none(), &mut ledger).unwrap();
    let second = Table::read(&mut source, &layout, &mut ledger).unwrap();
    let second = second.open(&mut ledger, "a comparison");
    assert_eq!(second.columns[4].storage, Storage::Date);
    assert_eq!(second.columns[3].missing.as_deref(), Some("NA"));
    for name in ["age", "income", "job", "since", "place", "churn"] {
        let place = first.position(name).unwrap();
        // Whole numbers of a file with types may come as another type of the same values.
        assert_eq!(
            format!("{:?}", first.cells[place]),
            format!("{:?}", second.cells[place]),
            "{name}"
        );
    }
    // What was written from types is written alike again, byte for byte.
    let again = file.folder.path().join("again.parquet");
    let more = file.folder.path().join("more.parquet");
    write_table(second, &again, FileFormat::Parquet, Seed(1)).unwrap();
    write_table(second, &more, FileFormat::Parquet, Seed(1)).unwrap();
    assert_eq!(
        std::fs::read(&again).unwrap(),
        std::fs::read(&more).unwrap()
    );
}

#[test]
fn cells_hold_what_the_text_says() {
    let text = "n,when,what,id\n1.5,2024-01-31,b,17\n,,,18\nrefused,never,a,19\n".to_owned()
        + &"2.25,2024-02-29,b,20\nrefused,never,a,21\n".repeat(30);
    let yaml = "columns: {n: number, when: moment, id: identifier}";
    let file = File::new("t.csv", text);
    let (table, mut ledger) = read(&file.path, &Overrides::from_yaml(yaml, "c.yaml").unwrap());
    let table = table.open(&mut ledger, "a test");
    assert_eq!(table.rows, 63);
    let Cells::Numbers { values, special } = &table.cells[0] else {
        panic!("{:?}", table.cells[0])
    };
    assert_eq!((values[0], values[3]), (1.5, 2.25));
    assert!(values[1].is_nan() && values[2].is_nan());
    assert_eq!(special[..4], [0, 0, 1, 0]);
    assert_eq!(table.columns[0].codes, ["refused"]);
    let Cells::Numbers { values, special } = &table.cells[1] else {
        panic!("{:?}", table.cells[1])
    };
    assert_eq!((values[0], special[2]), (1_706_659_200.0, 1));
    assert!(
        matches!(&table.columns[1].kind, Kind::Moment(format) if format.pattern() == "%Y-%m-%d")
    );
    let Cells::Levels { codes, levels } = &table.cells[2] else {
        panic!("{:?}", table.cells[2])
    };
    assert_eq!(
        (levels.as_slice(), &codes[..3]),
        (
            ["a".to_owned(), "b".to_owned()].as_slice(),
            [1, tables::MISSING_LEVEL, 0].as_slice()
        )
    );
    assert_eq!(
        table.cells[3],
        Cells::Opaque {
            present: vec![true; 63]
        }
    );
}

#[test]
fn tables_of_one_column_one_row_or_nothing_but_gaps_come_back() {
    for text in [
        "a\n1\n\n3\n",
        "a,b\nx,2024-01-01\n",
        "a,b\n,\n,\n",
        "a\nx y\n",
        "a,b\n7,7\n7,7\n7,7\n",
        "a,b\n\"x\ny\",\"q\"\"q\"\n",
    ] {
        let file = File::new("t.csv", text);
        let (table, mut ledger) = read(&file.path, &Overrides::none());
        let out = file.folder.path().join("out.csv");
        table
            .read(&mut ledger, "a copy", |table| {
                write_table(table, &out, FileFormat::Csv, Seed(1))
            })
            .unwrap();
        let (before, after) = (
            rows(&file.path, &SourceOptions::default()).unwrap(),
            rows(&out, &SourceOptions::default()).unwrap(),
        );
        assert_eq!(before, after, "{text:?}");
    }
}

#[test]
fn batches_make_the_same_file_as_the_whole_and_a_broken_off_one_leaves_none() {
    let file = File::new("clients.csv", clients(500));
    let (table, mut ledger) = read(&file.path, &Overrides::none());
    let table = table.open(&mut ledger, "a copy");
    let slice = |from: usize, to: usize| Table {
        columns: table.columns.clone(),
        rows: to - from,
        cells: table
            .cells
            .iter()
            .map(|cells| match cells {
                Cells::Numbers { values, special } => Cells::Numbers {
                    values: values[from..to].to_vec(),
                    special: special.get(from..to).unwrap_or_default().to_vec(),
                },
                Cells::Levels { codes, levels } => Cells::Levels {
                    codes: codes[from..to].to_vec(),
                    levels: levels.clone(),
                },
                Cells::Opaque { present } => Cells::Opaque {
                    present: present[from..to].to_vec(),
                },
                Cells::Keys { rows } => Cells::Keys {
                    rows: rows[from..to].to_vec(),
                },
            })
            .collect(),
    };
    let (whole, parts) = (
        file.folder.path().join("whole.csv"),
        file.folder.path().join("parts.csv"),
    );
    write_table(table, &whole, FileFormat::Csv, Seed(5)).unwrap();
    let mut writer = TableWriter::create(&parts, FileFormat::Csv, &table.columns, Seed(5)).unwrap();
    for (from, to) in [(0, 1), (1, 300), (300, 300), (300, 500)] {
        writer.write(&slice(from, to)).unwrap();
    }
    assert!(!parts.exists());
    assert_eq!(writer.finish().unwrap(), 500);
    assert_eq!(
        std::fs::read(&whole).unwrap(),
        std::fs::read(&parts).unwrap()
    );
    let gone = file.folder.path().join("gone.parquet");
    let mut writer =
        TableWriter::create(&gone, FileFormat::Parquet, &table.columns, Seed(5)).unwrap();
    writer.write(table).unwrap();
    drop(writer);
    assert_eq!(std::fs::read_dir(file.folder.path()).unwrap().count(), 3);
    let error = TableWriter::create(
        Path::new("/nowhere/x.csv"),
        FileFormat::Csv,
        &table.columns,
        Seed(1),
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("/nowhere/x.csv cannot be written"),
        "{error}"
    );
}
