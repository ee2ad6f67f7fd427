//! What drivers do, and which way their car is built.

use population::attribute::Attribute;

use super::{choices, typical};
use crate::driving::ACTIVITIES;

pub(super) fn driver() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "place.drive",
            choices(&[
                ("left", "the driver sits on the car's left, traffic keeps to the right"),
                ("right", "the driver sits on the car's right, traffic keeps to the left"),
            ]),
            "on which side of a cabin the wheel is; the typical places of cabin cameras follow",
        )
        .default_constant("left"),
        Attribute::category(
            "driver.activity",
            choices(ACTIVITIES),
            "what the driver does in the posture driving: the class of distraction; see pose.moment for those that are actions",
        )
        .default_shares(&[
            ("attentive", 45.0),
            ("one_handed", 15.0),
            ("phoning", 10.0),
            ("texting", 10.0),
            ("drinking", 10.0),
            ("adjusting", 10.0),
        ]),
        Attribute::category(
            "driver.hand",
            choices(&[
                ("right", "the person's right hand"),
                ("left", "the person's left hand"),
            ]),
            "the hand that is not on the wheel in driver.activity",
        )
        .typical(
            &["driver.activity", "place.drive"],
            typical::driver_hand,
            "either for telephones, the one at the car's middle for the rest",
        ),
        Attribute::category(
            "driver.belt",
            choices(&[
                ("worn", "over shoulder and lap"),
                ("none", "it hangs at the pillar"),
            ]),
            "the seat belt in place.kind cabin",
        )
        .default_constant("worn"),
    ]
}
