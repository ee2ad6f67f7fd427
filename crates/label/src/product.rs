//! Labels of products: their box, and what is wrong with them.

use glam::{DMat3, DVec3};
use render::Layers;
use scene::annotation;
use serde::{Deserialize, Serialize};

use crate::annotations::BoxPx;
use crate::boxes;
use crate::damage::DamageMasks;
use crate::kind::{LabelKind, LabelSet};
use crate::vehicle::{DamageLabel, damage};

/// Labels of one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductLabels {
    /// The number that `instances/*.png` carries where this product is.
    pub instance: u16,
    /// What it is: `bottle`.
    pub model: String,
    /// What it is made of: `plastic`.
    pub material: String,
    /// Tight around its pixels; `null` where none is in the picture, absent where boxes were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boxes: Option<ProductBoxes>,
    /// Defects, seen or not, by their ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damages: Option<Vec<DamageLabel>>,
}

/// Boxes of a product, px.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductBoxes {
    /// Every pixel of the instance.
    pub product: Option<BoxPx>,
}

/// Labels of one product.
pub(crate) fn of(
    layers: &Layers,
    width_px: usize,
    one: &annotation::Product,
    masks: Option<&DamageMasks>,
    wanted: LabelSet,
) -> ProductLabels {
    ProductLabels {
        instance: one.instance,
        model: one.model.clone(),
        material: one.material.clone(),
        boxes: wanted.has(LabelKind::Boxes).then(|| ProductBoxes {
            product: boxes::tight(
                width_px,
                layers.instance.iter().map(|found| *found == one.instance),
            ),
        }),
        damages: masks.map(|masks| {
            let world = (DMat3::IDENTITY, DVec3::ZERO);
            let all = one.damages.iter();
            all.map(|found| damage(width_px, world, found, masks))
                .collect()
        }),
    }
}
