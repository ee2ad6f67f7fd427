//! Hands as people hold them, drawn at random.

use population::Stream;

use super::{Digit, Gesture, HandPose, Thumb};

/// A last joint bends with the middle one by so much: the tendons that bend both (Rijpkema & Girard 1991, "Computer animation of knowledge-based human grasping").
const DIP_PER_PIP: f32 = 2.0 / 3.0;
/// A finger goes with its neighbour by so much: fingers are not moved alone (Zatsiorsky, Li & Latash 2000 find enslaving of neighbours up to half).
const NEIGHBOUR: f32 = 0.55;

impl HandPose {
    /// Draws a hand as people hold them: between open and closed in common, fingers following their neighbours, last joints the middle ones, all within
    /// limits. Half of the draws lean towards a named gesture, for no amount of chance makes a thumb go up.
    ///
    /// # Determinism
    /// Always takes the same number of draws from the stream.
    pub fn natural(stream: &mut Stream) -> Self {
        let closing = stream.uniform() as f32;
        let lean = stream.uniform() as f32;
        let which = stream.below(Gesture::ALL.len() as u64) as usize;
        let mut near = |sd: f32| (stream.normal() as f32).clamp(-2.5, 2.5) * sd;
        let mut digits = [Digit::default(); 4];
        let fan = near(0.07) + 0.06 * (1.0 - closing);
        let (mut mcp_off, mut pip_off) = (0.0, 0.0);
        for (i, digit) in digits.iter_mut().enumerate() {
            mcp_off = NEIGHBOUR * mcp_off + near(0.22);
            pip_off = NEIGHBOUR * pip_off + near(0.25);
            let ulnar = i as f32 * 0.06;
            digit.mcp = -0.05 + 1.25 * closing * closing.sqrt() + ulnar + mcp_off;
            // Fingers close at the middle joint first, then at the knuckle.
            digit.pip = 0.12 + 1.45 * closing.sqrt() * closing.min(0.8) + ulnar + pip_off;
            digit.pip = digit.pip.max(0.0);
            digit.dip = DIP_PER_PIP * digit.pip + near(0.05);
            digit.spread = fan * [1.0, 0.1, -0.7, -1.4][i] * (1.0 - digit.mcp / 1.6).max(0.0);
        }
        let thumb = Thumb {
            abduction: near(0.2) + 0.15 * closing,
            flexion: near(0.22) + 0.35 * (closing - 0.4),
            roll: 0.1 + near(0.12) + 0.2 * closing,
            mcp: near(0.2) + 0.4 * closing,
            ip: near(0.25) + 0.45 * closing,
        };
        let drawn = Self { thumb, digits };
        // From 0 at one half to 0.9: never quite the gesture itself.
        let lean = ((lean - 0.5) * 2.0).max(0.0) * 0.9;
        drawn.lerp(&Gesture::ALL[which].pose(), lean).limited()
    }
}

#[cfg(test)]
mod tests {
    use population::{Seed, Streams};

    use super::*;

    /// Pearson's correlation.
    fn correlation(pairs: &[(f32, f32)]) -> f32 {
        let n = pairs.len() as f32;
        let (sx, sy) = pairs
            .iter()
            .fold((0.0, 0.0), |(x, y), p| (x + p.0, y + p.1));
        let (mx, my) = (sx / n, sy / n);
        let sum = |f: &dyn Fn(&(f32, f32)) -> f32| pairs.iter().map(f).sum::<f32>();
        let xy = sum(&|p| (p.0 - mx) * (p.1 - my));
        let (xx, yy) = (sum(&|p| (p.0 - mx).powi(2)), sum(&|p| (p.1 - my).powi(2)));
        xy / (xx * yy).sqrt()
    }

    #[test]
    fn last_joints_follow_and_neighbours_go_along() {
        let mut stream = Streams::new(Seed(3), 0).stream("hands");
        let hands: Vec<HandPose> = (0..2000).map(|_| HandPose::natural(&mut stream)).collect();
        let of = |f: &dyn Fn(&HandPose) -> (f32, f32)| {
            correlation(&hands.iter().map(f).collect::<Vec<_>>())
        };
        assert!(of(&|h| (h.digits[1].pip, h.digits[1].dip)) > 0.9);
        let near = of(&|h| (h.digits[1].mcp, h.digits[2].mcp));
        let far = of(&|h| (h.digits[0].mcp, h.digits[3].mcp));
        assert!(near > far && near > 0.7, "{near} {far}");
        // Hands are various: half of them neither open nor closed.
        let middling = hands
            .iter()
            .filter(|h| (0.3..1.2).contains(&h.digits[1].pip))
            .count();
        assert!((600..1600).contains(&middling), "{middling} of 2000");
    }
}
