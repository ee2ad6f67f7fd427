//! Groups of people by protected columns.

use crate::ground::{Ground, Rows, Values};

/// More groups than these are cut to those with most training rows.
const MOST: usize = 40;

/// Groups by one or two columns.
pub(super) struct Partition {
    /// As ids say it: `sex`, `sex+race`.
    pub(super) id: String,
    /// As people say it.
    pub(super) title: String,
    pub(super) columns: Vec<usize>,
    pub(super) groups: Vec<Group>,
}

/// Which rows are in it.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) train: Vec<bool>,
    pub(super) synthetic: Vec<bool>,
    pub(super) holdout: Option<Vec<bool>>,
}

impl Partition {
    pub(super) fn of(ground: &Ground, columns: &[usize]) -> Self {
        let names: Vec<&str> = columns
            .iter()
            .map(|&column| ground.columns[column].name.as_str())
            .collect();
        let mut groups = vec![Group {
            name: String::new(),
            train: vec![true; ground.train.count],
            synthetic: vec![true; ground.synthetic.count],
            holdout: ground.holdout.as_ref().map(|rows| vec![true; rows.count]),
        }];
        for &column in columns {
            let parts = parts(ground, column);
            groups = groups
                .iter()
                .flat_map(|group| {
                    parts.iter().map(|(name, part)| {
                        let and = |mask: &[bool], rows: &Rows| -> Vec<bool> {
                            mask.iter()
                                .zip(&part(rows))
                                .map(|(a, b)| *a && *b)
                                .collect()
                        };
                        Group {
                            name: if group.name.is_empty() {
                                name.clone()
                            } else {
                                format!("{} × {name}", group.name)
                            },
                            train: and(&group.train, &ground.train),
                            synthetic: and(&group.synthetic, &ground.synthetic),
                            holdout: group
                                .holdout
                                .as_ref()
                                .zip(ground.holdout.as_ref())
                                .map(|(mask, rows)| and(mask, rows)),
                        }
                    })
                })
                .collect();
        }
        groups.retain(|group| group.train.iter().any(|inside| *inside));
        groups.sort_by_key(|group| {
            std::cmp::Reverse(group.train.iter().filter(|inside| **inside).count())
        });
        groups.truncate(MOST);
        Self {
            id: names.join("+"),
            title: names
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(" and "),
            columns: columns.to_vec(),
            groups,
        }
    }
}

type Inside = Box<dyn Fn(&Rows) -> Vec<bool>>;
type Part = (String, Inside);

/// The parts of one column: shown levels, or quarters of a number.
fn parts(ground: &Ground, column: usize) -> Vec<Part> {
    let name = &ground.columns[column].name;
    match &ground.train.values[column] {
        Values::Codes(_) => {
            let shown = ground.shown(column);
            let levels = ground.levels(column).iter().zip(shown).enumerate();
            levels
                .filter(|(_, (_, shown))| *shown)
                .map(|(code, (level, _))| {
                    let part: Inside = Box::new(move |rows| {
                        rows.values[column]
                            .codes()
                            .iter()
                            .map(|&other| other as usize == code)
                            .collect()
                    });
                    (level.clone(), part)
                })
                .collect()
        }
        Values::Numbers { values, .. } => {
            let mut sorted: Vec<f64> = values
                .iter()
                .copied()
                .filter(|value| !value.is_nan())
                .collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let mut cuts: Vec<f64> = (1..4)
                .filter_map(|quarter| sorted.get(quarter * sorted.len() / 4).copied())
                .collect();
            cuts.dedup();
            let words = ["lowest", "second", "third", "highest"];
            (0..=cuts.len())
                .map(|place| {
                    let low = if place == 0 {
                        f64::NEG_INFINITY
                    } else {
                        cuts[place - 1]
                    };
                    let high = cuts.get(place).copied().unwrap_or(f64::INFINITY);
                    let part: Inside = Box::new(move |rows| {
                        rows.values[column]
                            .numbers()
                            .iter()
                            .map(|&value| value >= low && value < high)
                            .collect()
                    });
                    let word = if cuts.len() == 3 {
                        words[place].to_owned()
                    } else {
                        format!("{} of {}", place + 1, cuts.len() + 1)
                    };
                    (format!("{word} quarter of {name}"), part)
                })
                .collect()
        }
    }
}
