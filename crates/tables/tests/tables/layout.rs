//! Layouts as the user sees and changes them.

use privacy::Ledger;
use tables::{Counts, Layout, LayoutError, Overrides, Source, SourceError, SourceOptions};

use crate::support::{File, clients};

fn layout(text: &str, overrides: &Overrides) -> Result<Layout, LayoutError> {
    let file = File::new("t.csv", text);
    let mut source = Source::open(file.location(), &SourceOptions::default()).unwrap();
    Layout::detect(&mut source, overrides, &mut Ledger::new())
}

#[test]
fn a_layout_is_shown_as_a_table_without_any_value() {
    let shown = layout(&clients(300), &Overrides::none())
        .unwrap()
        .to_string();
    let expected = "\
column   kind                                              different  missing
id       identifier, unique, C-[1-9]\\d{5}                        300        -
age      number, whole                                            60        -
income   number, 2 decimals, written like $1,234.50, 1 code      270    5.0 %
job      category                                                  4    9.3 %
since    moment, %d.%m.%Y                                        292        -
place    position, latitude first                                300        -
churn    boolean                                                   2        -
mail     text (e-mail addresses), not kept                       300        -
income: 1 text that stands for something else than a number
";
    let squeeze = |text: &str| {
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(squeeze(&shown), squeeze(expected), "\n{shown}");
}

#[test]
fn the_users_word_stands() {
    let yaml = "columns: {age: category, mail: leave_out, income: {kind: number, decimals: 0}, id: {kind: identifier, pattern: 'K\\d{8}'}}";
    let layout = layout(
        &clients(300),
        &Overrides::from_yaml(yaml, "c.yaml").unwrap(),
    )
    .unwrap();
    let described: Vec<String> = layout
        .columns
        .iter()
        .map(|column| format!("{}: {}", column.name, column.describe()))
        .collect();
    assert_eq!(described[0], "id: identifier, unique, K\\d{8} (as you say)");
    assert_eq!(described[1], "age: category (as you say)");
    assert!(
        described[2].starts_with("income: number, whole"),
        "{}",
        described[2]
    );
    assert_eq!(described[7], "mail: left out");
    assert!(layout.columns[7].columns.is_empty());
}

#[test]
fn what_cannot_be_is_told_with_its_place() {
    let yaml = "columns:\n  job: number\n  chrn: boolean\n";
    let complain = |yaml: &str| match layout(
        &clients(300),
        &Overrides::from_yaml(yaml, "c.yaml").unwrap(),
    ) {
        Err(LayoutError::Overrides(mistakes)) => mistakes,
        other => panic!("{other:?}"),
    };
    let mistakes = complain(yaml);
    assert_eq!(
        (mistakes[0].line, mistakes[0].hint.as_deref()),
        (3, Some("did you mean `churn`?"))
    );
    let mistakes = complain("columns:\n  job: number\n");
    assert_eq!(
        mistakes[0].message,
        "the values of column `job` cannot be read as that"
    );
    assert_eq!(mistakes[0].line, 2);
}

#[test]
fn counts_of_parts_add_up_to_the_layout_of_the_whole() {
    let text = clients(2000);
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let lines: Vec<&str> = lines.collect();
    let count = |lines: &[&str]| {
        let file = File::new("t.csv", format!("{header}\n{}\n", lines.join("\n")));
        let mut source = Source::open(file.location(), &SourceOptions::default()).unwrap();
        Counts::of(&mut source, &mut Ledger::new()).unwrap()
    };
    let whole = count(&lines).layout(&Overrides::none()).unwrap();
    let mut parts = count(&lines[1500..]);
    parts.merge(count(&lines[..700])).unwrap();
    parts.merge(count(&lines[700..1500])).unwrap();
    assert_eq!(parts.layout(&Overrides::none()).unwrap(), whole);
    let other = File::new("t.csv", "a,b\n1,2\n");
    let mut source = Source::open(other.location(), &SourceOptions::default()).unwrap();
    let error: SourceError = parts
        .merge(Counts::of(&mut source, &mut Ledger::new()).unwrap())
        .unwrap_err();
    assert!(
        error.to_string().contains("does not have column `id`"),
        "{error}"
    );
    assert!(!format!("{parts:?}").contains("nurse"));
}
