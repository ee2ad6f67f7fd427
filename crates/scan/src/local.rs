//! The shape that is somebody's own: what sliders of the whole body do not say.

use body::BodyModel;
use glam::Vec3;

use crate::follow;
use crate::person::{Person, PersonError, STEP_M};
use crate::prior::{self, Shape};

/// Local targets and the residual of a person, of two, or of nobody: put on a body of any age, height and weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Local {
    weights: Vec<(String, f32)>,
    /// Of each skin vertex in the rest pose, metres before scaling; empty where there is none.
    residual: Vec<Vec3>,
}

impl Local {
    /// One person's.
    pub fn of(person: &Person) -> Self {
        Self {
            weights: person.weights.clone(),
            residual: metres(person).collect(),
        }
    }

    /// Between two persons': `t` 0 is all `a`, 1 all `b`.
    pub fn between(a: &Person, b: &Person, t: f32) -> Self {
        let t = t.clamp(0.0, 1.0);
        // Persons of different models have residuals of different lengths; applying either is refused.
        let residual = metres(a).zip(metres(b)).map(|(x, y)| x.lerp(y, t));
        Self {
            residual: residual.collect(),
            weights: prior::mix(a, b, t).weights,
        }
    }

    /// Puts it on a body in the rest pose, `[19158]`, metres, before that is scaled.
    ///
    /// # Errors
    /// [`PersonError::Inconsistent`] where the model is another one than the persons were fitted with.
    pub fn apply(&self, model: &BodyModel, positions: &mut [Vec3]) -> Result<(), PersonError> {
        for (name, weight) in &self.weights {
            model
                .target(name)
                .ok_or(PersonError::Inconsistent("weights"))?
                .add(positions, *weight);
        }
        match self.residual.len() {
            0 => {}
            all if all == model.skin_vertices => {
                follow::displace(positions, &self.residual, model.skin_vertices);
            }
            _ => return Err(PersonError::Inconsistent("skin")),
        }
        Ok(())
    }
}

impl From<Shape> for Local {
    fn from(shape: Shape) -> Self {
        Self {
            weights: shape.weights,
            residual: Vec::new(),
        }
    }
}

fn metres(person: &Person) -> impl Iterator<Item = Vec3> {
    person
        .residual
        .iter()
        .map(|r| Vec3::from_array(r.map(f32::from)) * STEP_M)
}
