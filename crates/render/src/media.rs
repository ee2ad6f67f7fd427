//! Which bodies of glass a path is inside of.
use glam::Vec3A;

/// Bodies within bodies that are told apart; deeper ones count as the last.
const DEPTH: usize = 4;

/// What fills a body.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Medium {
    /// The body.
    pub(crate) object: u32,
    pub(crate) ior: f32,
    /// m⁻¹.
    pub(crate) absorption: Vec3A,
}

impl Medium {
    /// Fraction of light left after a distance (Beer–Lambert).
    pub(crate) fn through(&self, distance: f32) -> Vec3A {
        let depth = self.absorption * distance;
        // Nothing absorbed over an endless way is nothing, not undefined.
        Vec3A::from_array(
            depth
                .to_array()
                .map(|x| if x > 0.0 { (-x).exp() } else { 1.0 }),
        )
    }
}

/// The bodies around a point, outermost first. Bodies are closed and lie apart or within each other.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Media {
    stack: [Medium; DEPTH],
    depth: usize,
}

impl Media {
    fn innermost(&self) -> Option<&Medium> {
        self.stack[..self.depth].last()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.depth == 0
    }

    /// Index of refraction where the path is; 1 outside of all bodies.
    pub(crate) fn ior(&self) -> f32 {
        self.innermost().map_or(1.0, |medium| medium.ior)
    }

    /// Fraction of light left after a distance.
    pub(crate) fn through(&self, distance: f32) -> Vec3A {
        self.innermost()
            .map_or(Vec3A::ONE, |medium| medium.through(distance))
    }

    pub(crate) fn enter(&mut self, medium: Medium) {
        if self.depth < DEPTH {
            self.stack[self.depth] = medium;
            self.depth += 1;
        }
    }

    /// Without a body; unchanged when the path was not known to be in it (a camera inside, a mesh that is not closed).
    pub(crate) fn without(&self, object: u32) -> Self {
        let mut rest = *self;
        if let Some(at) = self.stack[..self.depth]
            .iter()
            .rposition(|medium| medium.object == object)
        {
            rest.stack.copy_within(at + 1..self.depth, at);
            rest.depth -= 1;
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(object: u32, ior: f32) -> Medium {
        Medium {
            object,
            ior,
            absorption: Vec3A::splat(object as f32),
        }
    }

    #[test]
    fn bodies_are_left_in_any_order() {
        let mut media = Media::default();
        assert_eq!((media.ior(), media.is_empty()), (1.0, true));
        media.enter(body(1, 1.5));
        media.enter(body(2, 1.3));
        assert_eq!(media.ior(), 1.3);
        assert_eq!(media.without(1).ior(), 1.3);
        assert_eq!(media.without(2).ior(), 1.5);
        assert_eq!(media.without(7).ior(), 1.3);
        assert!(media.without(1).without(2).is_empty());
        for object in 3..9 {
            media.enter(body(object, 2.0));
        }
        assert_eq!(media.without(8).ior(), 2.0);
    }

    #[test]
    fn light_fades_by_beer_and_lambert() {
        let mut media = Media::default();
        assert_eq!(media.through(f32::INFINITY), Vec3A::ONE);
        media.enter(Medium {
            absorption: Vec3A::new(2.0, 0.0, 1.0),
            ..body(1, 1.5)
        });
        let left = media.through(0.5);
        assert!((left.x - (-1.0_f32).exp()).abs() < 1e-6 && left.y == 1.0);
        assert_eq!(media.through(f32::INFINITY), Vec3A::new(0.0, 1.0, 0.0));
    }
}
