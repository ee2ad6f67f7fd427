//! Where the cells of a marginal lie: row-major by its attributes, which are in ascending order.

/// How many cells the marginal of these attributes has; saturates.
pub(crate) fn cells(attributes: &[usize], sizes: &[usize]) -> usize {
    attributes
        .iter()
        .fold(1, |cells: usize, &a| cells.saturating_mul(sizes[a]))
}

/// For each cell of the marginal of `from` the cell of the marginal of `to` that it belongs to. Both are ascending, and `to` is part of `from`.
pub(crate) fn projection(from: &[usize], to: &[usize], sizes: &[usize]) -> Vec<u32> {
    let strides: Vec<usize> = from
        .iter()
        .map(|attribute| match to.binary_search(attribute) {
            Ok(place) => cells(&to[place + 1..], sizes),
            Err(_) => 0,
        })
        .collect();
    let mut map = vec![0_u32];
    for (&attribute, &stride) in from.iter().zip(&strides) {
        map = map
            .iter()
            .flat_map(|&cell| {
                (0..sizes[attribute]).map(move |value| cell + (value * stride) as u32)
            })
            .collect();
    }
    map
}

/// Sums a marginal of `from` over all attributes but `to`.
pub(crate) fn project(values: &[f64], from: &[usize], to: &[usize], sizes: &[usize]) -> Vec<f64> {
    let mut sums = vec![0.0; cells(to, sizes)];
    let Some((&last, before)) = from.split_last() else {
        sums.copy_from_slice(values);
        return sums;
    };
    let stride_of = |attribute: &usize| match to.binary_search(attribute) {
        Ok(place) => cells(&to[place + 1..], sizes),
        Err(_) => 0,
    };
    let strides: Vec<usize> = before.iter().map(stride_of).collect();
    let (run, stride) = (sizes[last].max(1), stride_of(&last));
    // Counts through the values of the attributes before the last, which is gone through in one run.
    let mut at = vec![0; before.len()];
    let mut cell = 0;
    for values in values.chunks(run) {
        if stride == 0 {
            sums[cell] += values.iter().sum::<f64>();
        } else {
            for (&value, sum) in values.iter().zip(sums[cell..].iter_mut().step_by(stride)) {
                *sum += value;
            }
        }
        for place in (0..before.len()).rev() {
            at[place] += 1;
            cell += strides[place];
            if at[place] < sizes[before[place]] {
                break;
            }
            cell -= strides[place] * at[place];
            at[place] = 0;
        }
    }
    sums
}

/// Attributes of either, ascending.
pub(crate) fn union(a: &[usize], b: &[usize]) -> Vec<usize> {
    let mut all: Vec<usize> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether all of `part`, ascending, are among `whole`, ascending.
pub(crate) fn contains(whole: &[usize], part: &[usize]) -> bool {
    part.iter().all(|a| whole.binary_search(a).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projections_agree_with_counting_by_hand() {
        let sizes = [2, 3, 4];
        let map = projection(&[0, 1, 2], &[0, 2], &sizes);
        for a in 0..2 {
            for b in 0..3 {
                for c in 0..4 {
                    assert_eq!(map[(a * 3 + b) * 4 + c], (a * 4 + c) as u32);
                }
            }
        }
        assert_eq!(projection(&[1], &[], &sizes), [0, 0, 0]);
        assert_eq!(projection(&[], &[], &sizes), [0]);
        let ones = vec![1.0; 24];
        assert_eq!(project(&ones, &[0, 1, 2], &[1], &sizes), [8.0; 3]);
    }
}
