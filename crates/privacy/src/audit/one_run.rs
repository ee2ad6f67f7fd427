//! Lower bounds on ε for any mechanism (Steinke, Nasr & Jagielski 2023, "Privacy auditing with one (1) training run").

use super::binomial::probabilities;
use super::error::{AuditError, beta, delta};
use super::guesses::Guesses;

/// By how much probabilities are enlarged for rounding.
const MARGIN: f64 = 1.0 + 1e-8;

/// No audit bounds ε beyond this: 2³² canaries, all guessed right, do not show 30.
const GREATEST_EPSILON: f64 = 40.0;

/// The greatest probability of as many right guesses if the mechanism were (`epsilon`, `delta`)-private, rounded up.
///
/// Steinke et al. 2023, theorem 5.2 in the form of their appendix D: with B binomial of the number of guesses and e^ε/(e^ε + 1), and v right ones, it is
/// P(B ≥ v) + 2 m δ · max over i ≥ 1 of P(v − i ≤ B < v) / i.
///
/// # Errors
/// An ε that is negative, NaN or infinite; a δ that is not at least 0 and below 1.
pub fn p_value(guesses: Guesses, epsilon: f64, delta_claimed: f64) -> Result<f64, AuditError> {
    let delta_claimed = delta(delta_claimed)?;
    if !(epsilon >= 0.0 && epsilon.is_finite()) {
        return Err(AuditError::Parameter {
            what: "epsilon",
            found: epsilon,
            allowed: "at least 0 and finite",
        });
    }
    Ok(greatest_probability(guesses, epsilon, delta_claimed))
}

fn greatest_probability(guesses: Guesses, epsilon: f64, delta: f64) -> f64 {
    let decay = libm::exp(-epsilon.min(700.0));
    let mass = probabilities(
        guesses.guesses(),
        1.0 / (1.0 + decay),
        decay / (1.0 + decay),
    );
    let correct = guesses.correct() as usize;
    let tail: f64 = mass[correct..].iter().rev().sum();
    let (mut below, mut steepest) = (0.0, 0.0_f64);
    if delta > 0.0 {
        for i in 1..=correct {
            below += mass[correct - i];
            steepest = steepest.max(below / i as f64);
        }
    }
    let excess = 2.0 * f64::from(guesses.canaries()) * delta * steepest;
    ((tail + excess) * MARGIN).min(1.0)
}

/// The greatest ε that the guesses refute: with probability at least 1 − `error_probability` over coins and mechanism, a mechanism that is (ε, `delta`)-private has
/// an ε above the answer. 0 where nothing is refuted.
///
/// The number of guesses, in and out, must have been fixed before the coins fell.
///
/// # Errors
/// A δ that is not at least 0 and below 1; a probability of error that is not between 0 and 1.
pub fn epsilon_at_least(
    guesses: Guesses,
    delta_claimed: f64,
    error_probability: f64,
) -> Result<f64, AuditError> {
    let delta = delta(delta_claimed)?;
    let beta = beta(error_probability)?;
    let refuted = |epsilon: f64| greatest_probability(guesses, epsilon, delta) < beta;
    if !refuted(0.0) {
        return Ok(0.0);
    }
    // Every ε that is refuted is a sound answer, since a mechanism with a smaller one has it too. The probability need not rise everywhere in ε where δ
    // is large: steps find the first ε that stands, halves the border before it.
    let step = 0.125;
    let mut low = 0.0;
    while low + step <= GREATEST_EPSILON && refuted(low + step) {
        low += step;
    }
    let mut high = low + step;
    while high - low > 1e-9 {
        let middle = f64::midpoint(low, high);
        if refuted(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// The best of [`epsilon_at_least`] over several numbers of guesses (in, out), which may be chosen after a look at the scores from this list: each gets its
/// share of `error_probability` (Bonferroni). The list itself must be fixed before the coins fall.
///
/// # Errors
/// Those of [`Guesses::of_scores`] for any choice, and of [`epsilon_at_least`]; an empty list.
pub fn epsilon_at_least_of_choices(
    scores: &[f64],
    included: &[bool],
    choices: &[(usize, usize)],
    delta_claimed: f64,
    error_probability: f64,
) -> Result<f64, AuditError> {
    let share = beta(error_probability)? / choices.len().max(1) as f64;
    let mut best = None;
    for &(guess_in, guess_out) in choices {
        let guesses = Guesses::of_scores(scores, included, guess_in, guess_out)?;
        let epsilon = epsilon_at_least(guesses, delta_claimed, share)?;
        best = Some(best.map_or(epsilon, |best: f64| best.max(epsilon)));
    }
    best.ok_or(AuditError::Counts {
        canaries: scores.len() as u64,
        guesses: 0,
        correct: 0,
    })
}
