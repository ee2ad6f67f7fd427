//! What noisy counts that leave nobody out say of people: none of them below nothing, all of them together everybody, and neighbours that are as dense as each other alike.
//!
//! Nothing real is read here.

use super::numbers::Interval;

/// The counts that come to `total` and are none below 0, nearest to noisy ones. Each noisy one has the variance of so many counts; what is too much is taken off each in
/// proportion to it, which is the projection on a simplex (Duchi et al. 2008).
///
/// Cutting off at 0 alone makes people of noise: of forty values that nobody has, half come out above 0.
pub(crate) fn shared_out(noisy: &[(f64, f64)], total: f64) -> Vec<f64> {
    let each = |at: usize| noisy[at].0 / noisy[at].1;
    let mut order: Vec<usize> = (0..noisy.len()).collect();
    order.sort_by(|&a, &b| each(b).total_cmp(&each(a)));
    let (mut sum, mut variance, mut off) = (0.0, 0.0, 0.0);
    for at in order {
        sum += noisy[at].0;
        variance += noisy[at].1;
        let too_much = (sum - total) / variance;
        if each(at) <= too_much {
            break;
        }
        off = too_much;
    }
    noisy
        .iter()
        .map(|(count, variance)| (count - off * variance).max(0.0))
        .collect()
}

/// The pieces of even density that explain noisy counts of neighbouring intervals best: of all ways to join neighbours the one with the least sum of squared differences and `price` for each piece, both in
/// squared standard deviations. Exact, in the square of how many intervals there are (optimal partitioning, Jackson et al. 2005). A single value that many share stays alone, and what is noise about nobody becomes one piece.
pub(crate) fn pieces(intervals: &[Interval], sd: f64, price: f64) -> Vec<Interval> {
    if intervals.len() < 2 {
        return intervals.to_vec();
    }
    // Counts are whole, so less noise than one person tells no more.
    let sd = sd.max(1.0);
    // The least cost of the first so many, and where the last piece of them starts.
    let mut best = vec![(0.0, 0_usize)];
    for end in 1..=intervals.len() {
        let (mut squares, mut products, mut lengths) = (0.0, 0.0, 0.0);
        let mut least = (f64::INFINITY, end - 1);
        for (start, interval) in intervals[..end].iter().enumerate().rev() {
            let (people, length) = (interval.people / sd, interval.length as f64);
            squares += people * people;
            products += people * length;
            lengths += length * length;
            let cost = best[start].0 + squares - products * products / lengths + price;
            if cost < least.0 {
                least = (cost, start);
            }
        }
        best.push(least);
    }
    let mut found = Vec::new();
    let mut end = intervals.len();
    while end > 0 {
        let start = best[end].1;
        found.push(joined(&intervals[start..end]));
        end = start;
    }
    found.reverse();
    found
}

/// Neighbours as one of even density: the density that is nearest to their counts.
fn joined(neighbours: &[Interval]) -> Interval {
    let (first, last) = (neighbours[0], neighbours[neighbours.len() - 1]);
    let length = last.end() - first.start;
    let (mut products, mut lengths) = (0.0, 0.0);
    for interval in neighbours {
        products += interval.people * interval.length as f64;
        lengths += (interval.length as f64).powi(2);
    }
    Interval {
        start: first.start,
        length,
        people: products / lengths * length as f64,
        counts: neighbours.iter().map(|interval| interval.counts).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(people: &[(i64, f64)]) -> Vec<Interval> {
        let mut start = 0;
        let interval = |&(length, people): &(i64, f64)| {
            start += length;
            Interval {
                start: start - length,
                length,
                people,
                counts: 1.0,
            }
        };
        people.iter().map(interval).collect()
    }

    const PRICE: f64 = 4.0;

    fn cost(neighbours: &[Interval], sd: f64) -> f64 {
        let whole = joined(neighbours);
        let density = whole.people / whole.length as f64;
        let off = |i: &Interval| ((i.people - density * i.length as f64) / sd).powi(2);
        neighbours.iter().map(off).sum::<f64>() + PRICE
    }

    #[test]
    fn pieces_are_the_best_of_all_ways_to_join() {
        // Eleven intervals of several lengths; all 2¹⁰ ways to join them.
        let people = [
            (1, 900.0),
            (1, 20.0),
            (2, -30.0),
            (1, 40.0),
            (4, 310.0),
            (1, 80.0),
            (1, 75.0),
            (8, 500.0),
            (1, 400.0),
            (1, -10.0),
            (16, 25.0),
        ];
        let intervals = of(&people);
        for sd in [5.0, 30.0, 100.0, 1000.0] {
            let least = (0..1 << (intervals.len() - 1))
                .map(|cuts: u32| {
                    let mut ends: Vec<usize> = (1..intervals.len())
                        .filter(|end| cuts >> (end - 1) & 1 == 1)
                        .collect();
                    ends.push(intervals.len());
                    let mut start = 0;
                    ends.iter()
                        .map(|&end| cost(&intervals[std::mem::replace(&mut start, end)..end], sd))
                        .sum::<f64>()
                })
                .fold(f64::INFINITY, f64::min);
            let found = pieces(&intervals, sd, PRICE);
            let mut at = 0;
            let total: f64 = found
                .iter()
                .map(|piece| {
                    let from = at;
                    while at < intervals.len() && intervals[at].end() <= piece.end() {
                        at += 1;
                    }
                    assert_eq!(joined(&intervals[from..at]), *piece);
                    cost(&intervals[from..at], sd)
                })
                .sum();
            assert_eq!(at, intervals.len());
            assert!(
                (total - least).abs() < 1e-6 * least,
                "{sd}: {total} {least}"
            );
        }
    }

    #[test]
    fn what_many_share_stays_alone_and_what_is_alike_is_one() {
        let mut people = vec![(1, 10.0); 30];
        people[12].1 = 500.0;
        let found = pieces(&of(&people), 20.0, PRICE);
        let lengths: Vec<i64> = found.iter().map(|piece| piece.length).collect();
        assert_eq!(lengths, [12, 1, 17]);
        assert_eq!(found[1].people, 500.0);
        assert!((found[2].people - 170.0).abs() < 1e-9);
        assert_eq!(found[2].counts, 17.0);
    }

    #[test]
    fn counts_shared_out_are_the_nearest() {
        let noisy = [
            (500.0, 1.0),
            (-40.0, 1.0),
            (30.0, 1.0),
            (200.0, 4.0),
            (-5.0, 2.0),
        ];
        let found = shared_out(&noisy, 600.0);
        assert!((found.iter().sum::<f64>() - 600.0).abs() < 1e-9);
        let off = |counts: &[f64]| -> f64 {
            let each = counts.iter().zip(&noisy);
            each.map(|(count, (noisy, variance))| (count - noisy).powi(2) / variance)
                .sum()
        };
        // Moving a person from any to any other makes it worse.
        for from in 0..noisy.len() {
            for to in 0..noisy.len() {
                let mut other = found.clone();
                let moved = other[from].min(1.0);
                other[from] -= moved;
                other[to] += moved;
                assert!(off(&other) >= off(&found) - 1e-9, "{from} {to}");
            }
        }
        // Too few are made more, each alike.
        assert_eq!(shared_out(&[(1.0, 1.0), (3.0, 1.0)], 8.0), [3.0, 5.0]);
        assert_eq!(shared_out(&[(5.0, 1.0)], 8.0), [8.0]);
    }
}
