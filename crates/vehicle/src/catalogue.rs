//! Common cars by their public dimensions. Another car is another line of `catalogue.csv`.

use crate::specification::{BodyStyle, Specification};

const CATALOGUE: &str = include_str!("catalogue.csv");

/// A car of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Maker and model, in small letters: `volkswagen-golf`.
    pub name: String,
    /// Its measures; what the line does not tell is typical of its style, in proportion.
    pub specification: Specification,
}

/// Every car of the catalogue, in the order of its lines.
pub fn catalogue() -> Vec<Model> {
    CATALOGUE.lines().skip(1).filter_map(model).collect()
}

/// A line; `None` where it is none.
fn model(line: &str) -> Option<Model> {
    let cells: Vec<&str> = line.split(',').collect();
    let [
        name,
        style,
        length,
        width,
        height,
        wheelbase,
        overhang,
        clearance,
        tyre,
    ] = cells[..]
    else {
        return None;
    };
    let metres = |cell: &str| cell.parse::<f32>().ok().map(|mm| mm * 1e-3);
    let typical = Specification::typical(BodyStyle::named(style)?);
    let (tyre_width, share, rim) = tyre_size(tyre)?;
    let (length, height) = (metres(length)?, metres(height)?);
    let (long, high) = (length / typical.length_m, height / typical.height_m);
    Some(Model {
        name: name.to_owned(),
        specification: Specification {
            length_m: length,
            width_m: metres(width)?,
            height_m: height,
            wheelbase_m: metres(wheelbase)?,
            front_overhang_m: metres(overhang)?,
            ground_clearance_m: metres(clearance)?,
            bonnet_m: typical.bonnet_m * long,
            boot_m: typical.boot_m * long,
            shoulder_m: typical.shoulder_m * high,
            tyre_width_m: tyre_width,
            tyre_diameter_m: rim * 0.0254 + 2.0 * share * tyre_width,
            rim_inch: rim,
            ..typical
        },
    })
}

/// `205/55 R16`: width 205 mm, walls 55 % of it high, rim of 16 inches. Width in metres, share of 1, inches.
fn tyre_size(text: &str) -> Option<(f32, f32, f32)> {
    let (width, rest) = text.split_once('/')?;
    let (share, rim) = rest.split_once(" R")?;
    Some((
        width.parse::<f32>().ok()? * 1e-3,
        share.parse::<f32>().ok()? * 0.01,
        rim.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_car_that_can_be_built() {
        let models = catalogue();
        assert_eq!(models.len(), CATALOGUE.lines().count() - 1);
        assert!(models.len() >= 40);
        for model in &models {
            assert_eq!(model.specification.check(), Ok(()), "{}", model.name);
        }
        for style in BodyStyle::ALL {
            assert!(models.iter().any(|m| m.specification.style == style));
        }
        let mut names: Vec<&str> = models.iter().map(|m| m.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), models.len());
    }

    #[test]
    fn tyres_are_as_large_as_their_size_says() {
        let (width, share, rim) = tyre_size("205/55 R16").expect("a size");
        let diameter = rim * 0.0254 + 2.0 * share * width;
        assert!((diameter - 0.6319).abs() < 1e-4);
        assert_eq!(tyre_size("205-55 R16"), None);
    }
}
