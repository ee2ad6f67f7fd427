//! Masks behind what hides people, against what is seen of them.

use super::Faults;
use super::files::Loaded;
use super::masks::at;

pub(super) fn check(loaded: &Loaded, faults: &mut Faults) {
    let (Some(amodal), Some(instances)) = (&loaded.amodal, &loaded.instances) else {
        return;
    };
    let bit = |instance: u16| 1_u32.checked_shl(u32::from(instance) - 1).unwrap_or(0);
    let pixels = || amodal.pixels.iter().zip(&instances.pixels);
    let hidden = pixels().enumerate().filter(|(_, (bits, instance))| {
        (1..=16).contains(*instance) && u32::from(**bits) & bit(**instance) == 0
    });
    faults.add_first(
        &amodal.path,
        hidden.map(|(i, (_, instance))| {
            (
                format!("{} lacks person {instance}", at(loaded, i)),
                "who is seen there would be seen there alone, too".to_owned(),
            )
        }),
    );
    for person in &loaded.labels.people {
        let Some(share) = person.visible_share else {
            continue;
        };
        let (whole, seen) = pixels().fold((0_u64, 0_u64), |(whole, seen), (bits, instance)| {
            (
                whole + u64::from(u32::from(*bits) & bit(person.instance) != 0),
                seen + u64::from(*instance == person.instance),
            )
        });
        let counted = seen as f64 / whole.max(1) as f64;
        if (counted - share).abs() > 1e-6 {
            faults.add(
                &loaded.path,
                format!("person {} is seen to {share}", person.instance),
                format!("the masks have {seen} of {whole} pixels"),
            );
        }
    }
}
