//! Masks are a true partition, agree with each other, and boxes are tight around them.

use scene::mesh::Part;

use super::Faults;
use super::files::Loaded;
use crate::annotations::{BoxPx, PersonLabels};
use crate::boxes::tight;
use crate::class;

pub(super) fn check(loaded: &Loaded, faults: &mut Faults) {
    partition(loaded, faults);
    for person in &loaded.labels.people {
        boxes(loaded, person, faults);
    }
}

/// `(column, row)` for messages.
pub(super) fn at(loaded: &Loaded, index: usize) -> String {
    format!(
        "pixel ({}, {})",
        index % loaded.width(),
        index / loaded.width()
    )
}

fn partition(loaded: &Loaded, faults: &mut Faults) {
    if let Some(parts) = &loaded.parts {
        let unknown = parts
            .pixels
            .iter()
            .enumerate()
            .filter(|(_, p)| class::part(**p).is_none());
        faults.add_first(
            &parts.path,
            unknown.map(|(i, p)| {
                (
                    format!("{} has part {p}", at(loaded, i)),
                    "there is no such part".into(),
                )
            }),
        );
    }
    if let Some(parsing) = &loaded.parsing {
        let unknown = parsing
            .pixels
            .iter()
            .enumerate()
            .filter(|(_, c)| usize::from(**c) >= class::NAMES.len());
        faults.add_first(
            &parsing.path,
            unknown.map(|(i, c)| {
                (
                    format!("{} has class {c}", at(loaded, i)),
                    "classes end at 18".into(),
                )
            }),
        );
    }
    if let (Some(parsing), Some(parts)) = (&loaded.parsing, &loaded.parts) {
        let both = parsing.pixels.iter().zip(&parts.pixels).enumerate();
        let wrong = both.filter_map(|(i, (found, part))| {
            let expected = class::of(class::part(*part)?);
            (*found != expected).then(|| {
                (
                    format!("{} has class {found}", at(loaded, i)),
                    format!("its part {part} makes it class {expected}"),
                )
            })
        });
        faults.add_first(&parsing.path, wrong);
    }
    if let Some(instances) = &loaded.instances {
        let labels = &loaded.labels;
        let people = labels.people.iter().map(|p| p.instance);
        let vehicles = labels.vehicles.iter().map(|v| v.instance);
        let products = labels.products.iter().map(|p| p.instance);
        let known: Vec<u16> = people.chain(vehicles).chain(products).collect();
        let unknown = instances
            .pixels
            .iter()
            .enumerate()
            .filter(|(_, i)| **i != 0 && !known.contains(i));
        faults.add_first(
            &instances.path,
            unknown.map(|(i, id)| {
                (
                    format!("{} belongs to instance {id}", at(loaded, i)),
                    "nobody of that number is annotated".into(),
                )
            }),
        );
        // Parts and classes name surfaces of people; scenery has none.
        for mask in [&loaded.parts, &loaded.parsing].into_iter().flatten() {
            let both = instances.pixels.iter().zip(&mask.pixels).enumerate();
            let wrong = both
                .filter(|(_, (id, value))| (**id == 0) != (**value == Part::Background as u8))
                .map(|(i, (id, value))| {
                    (
                        format!("{} has {value}", at(loaded, i)),
                        format!("it belongs to instance {id}: background and 0 go together"),
                    )
                });
            faults.add_first(&mask.path, wrong);
        }
    }
}

fn boxes(loaded: &Loaded, person: &PersonLabels, faults: &mut Faults) {
    let (Some(boxes), Some(instances)) = (person.boxes, &loaded.instances) else {
        return;
    };
    let mut compare = |name: &str, found: Option<BoxPx>, expected: Option<BoxPx>| {
        if found != expected {
            faults.add(
                &loaded.path,
                format!(
                    "person {}: the {name} box is {}",
                    person.instance,
                    show(found)
                ),
                format!("the tight box of its pixels is {}", show(expected)),
            );
        }
    };
    let own = |i: usize| instances.pixels[i] == person.instance;
    let all = 0..instances.pixels.len();
    compare(
        "person",
        boxes.person,
        tight(loaded.width(), all.clone().map(own)),
    );
    if let Some(parts) = &loaded.parts {
        let covered = |covers: fn(Part) -> bool| {
            tight(
                loaded.width(),
                all.clone()
                    .map(|i| own(i) && class::part(parts.pixels[i]).is_some_and(covers)),
            )
        };
        compare("face", boxes.face, covered(class::in_face_box));
        compare("head", boxes.head, covered(class::in_head_box));
    } else if let Some(parsing) = &loaded.parsing {
        // Classes cannot tell the scalp, which the face box leaves out; the head box has it.
        let head = tight(
            loaded.width(),
            all.map(|i| own(i) && matches!(parsing.pixels[i], 1..=11 | 13 | 14 | 16..=18)),
        );
        compare("head", boxes.head, head);
    }
    for (name, seen, there) in [
        ("head", boxes.head, boxes.head_amodal),
        ("person", boxes.person, boxes.person_amodal),
    ] {
        // Pixels count when their centre is covered, so a box of pixels reaches at most half a pixel beyond the geometry.
        if let (Some(seen), Some(there)) = (seen, there) {
            let slack = 0.5 + 0.01;
            let outside = (0..2).any(|a| {
                seen.0[a] < there.0[a] - slack || seen.high()[a] > there.high()[a] + slack
            });
            if outside {
                faults.add(
                    &loaded.path,
                    format!(
                        "person {}: the amodal {name} box is {}",
                        person.instance,
                        show(Some(there))
                    ),
                    format!("pixels of it are seen in {}", show(Some(seen))),
                );
            }
        }
    }
}

pub(super) fn show(one: Option<BoxPx>) -> String {
    one.map_or("absent".to_owned(), |BoxPx([x, y, w, h])| {
        format!("[{x}, {y}, {w}, {h}]")
    })
}
