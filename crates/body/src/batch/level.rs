//! The only code of this crate that needs instructions not every processor has; [`Level`] is the proof that they may run.
#![expect(
    unsafe_code,
    reason = "instructions that only some processors have; guarded by Level"
)]
use super::lanes::{Lanes, Plain};

/// Work that is written once for all widths.
pub(super) trait Task {
    /// Marked `#[inline(always)]`, or it would not be compiled for the instructions of its caller.
    fn run<L: Lanes>(self);
}

/// Which instructions are there, asked once per model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// Only made where the processor has them, as the next.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// What runs everywhere.
    #[cfg_attr(not(test), expect(dead_code, reason = "asked for by tests"))]
    pub(super) const PLAIN: Self = Self(Kind::Plain);

    /// The best of this processor.
    pub(super) fn detect() -> Self {
        Self::all().pop().unwrap_or(Self(Kind::Plain))
    }

    /// Everything that this processor can do, the best last.
    pub(super) fn all() -> Vec<Self> {
        #[cfg_attr(
            not(target_arch = "x86_64"),
            expect(unused_mut, reason = "nothing to add")
        )]
        let mut all = vec![Self(Kind::Plain)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                all.push(Self(Kind::Avx2));
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vnni")
            {
                all.push(Self(Kind::Avx512));
            }
        }
        all
    }

    /// Does a task with what is there.
    #[inline(always)]
    pub(super) fn run<T: Task>(self, task: T) {
        match self.0 {
            Kind::Plain => task.run::<Plain>(),
            // SAFETY: `all` has found the feature that each enables.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { avx2(task) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => unsafe { avx512(task) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<T: Task>(task: T) {
    task.run::<x86::Avx2>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn avx512<T: Task>(task: T) {
    task.run::<x86::Avx512>();
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m256i, __m512, __m512i, _mm256_add_epi32, _mm256_add_ps, _mm256_cvtepi32_ps,
        _mm256_load_ps, _mm256_load_si256, _mm256_madd_epi16, _mm256_mul_ps, _mm256_set1_epi32,
        _mm256_set1_ps, _mm256_setzero_si256, _mm256_store_ps, _mm256_unpackhi_epi16,
        _mm256_unpacklo_epi16, _mm512_add_ps, _mm512_cvtepi32_ps, _mm512_dpwssd_epi32,
        _mm512_load_ps, _mm512_load_si512, _mm512_loadu_si512, _mm512_mul_ps,
        _mm512_permutex2var_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_si512,
        _mm512_store_ps, _mm512_storeu_ps, _mm512_unpackhi_epi16, _mm512_unpacklo_epi16,
    };

    use super::super::lanes::{Lanes, Sixteen, Steps, TILE, UNITS_M, interleave};

    /// Made below `avx2` alone, so that whoever holds one runs with AVX2.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Avx2(__m256, __m256);

    impl Lanes for Avx2 {
        /// By half of the weights, then vertices 0–7, 8–15, 16–23, 24–31.
        type Sums = [[__m256i; 4]; 2];
        const HOLDS_ALL: bool = false;

        #[inline(always)]
        fn nothing() -> Self::Sums {
            // SAFETY: the type is named only below `avx2`, which enables the feature; so in all of this block.
            [[unsafe { _mm256_setzero_si256() }; 4]; 2]
        }

        #[inline(always)]
        fn add(sums: &mut Self::Sums, targets: [&Steps; 2], high: i32, low: i32) {
            let [a, b] = targets.map(|steps| steps.0.as_ptr());
            // SAFETY: as in `nothing`; `Steps` are 64 bytes, aligned to 64, and `at` is 0 or 16 of their 32 numbers.
            unsafe {
                let weights = [_mm256_set1_epi32(high), _mm256_set1_epi32(low)];
                for half in 0..2 {
                    let at = 16 * half;
                    let x = _mm256_load_si256(a.add(at).cast());
                    let y = _mm256_load_si256(b.add(at).cast());
                    let pairs = [_mm256_unpacklo_epi16(x, y), _mm256_unpackhi_epi16(x, y)];
                    for (which, pair) in pairs.into_iter().enumerate() {
                        for (sums, weights) in sums.iter_mut().zip(weights) {
                            let sum = &mut sums[2 * which + half];
                            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pair, weights));
                        }
                    }
                }
            }
        }

        #[inline(always)]
        fn metres([high, low]: Self::Sums) -> [Self; 2] {
            // No closure: it would be compiled without the instructions.
            let [mut first, mut last] = [Self::splat(0.0); 2];
            for (at, to) in [&mut first.0, &mut first.1, &mut last.0, &mut last.1]
                .into_iter()
                .enumerate()
            {
                // SAFETY: as in `nothing`.
                unsafe {
                    let high = _mm256_cvtepi32_ps(high[at]);
                    let low = _mm256_cvtepi32_ps(low[at]);
                    *to = _mm256_add_ps(
                        _mm256_mul_ps(high, _mm256_set1_ps(UNITS_M[0])),
                        _mm256_mul_ps(low, _mm256_set1_ps(UNITS_M[1])),
                    );
                }
            }
            [first, last]
        }

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: as in `nothing`.
            let all = unsafe { _mm256_set1_ps(value) };
            Self(all, all)
        }

        #[inline(always)]
        fn load(from: &Sixteen) -> Self {
            let from = from.0.as_ptr();
            // SAFETY: as in `nothing`; `Sixteen` is 64 bytes, aligned to 64.
            unsafe { Self(_mm256_load_ps(from), _mm256_load_ps(from.add(8))) }
        }

        #[inline(always)]
        fn store(self, to: &mut Sixteen) {
            let to = to.0.as_mut_ptr();
            // SAFETY: as in `load`.
            unsafe {
                _mm256_store_ps(to, self.0);
                _mm256_store_ps(to.add(8), self.1);
            }
        }

        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            // SAFETY: as in `nothing`.
            unsafe {
                Self(
                    _mm256_add_ps(self.0, other.0),
                    _mm256_add_ps(self.1, other.1),
                )
            }
        }

        #[inline(always)]
        fn times(self, other: Self) -> Self {
            // SAFETY: as in `nothing`.
            unsafe {
                Self(
                    _mm256_mul_ps(self.0, other.0),
                    _mm256_mul_ps(self.1, other.1),
                )
            }
        }

        #[inline(always)]
        fn points(x: Self, y: Self, z: Self, to: &mut [f32; 48]) {
            let mut lanes = [Sixteen::ZERO; 3];
            for (lanes, from) in lanes.iter_mut().zip([x, y, z]) {
                from.store(lanes);
            }
            interleave(&lanes[0].0, &lanes[1].0, &lanes[2].0, to);
        }
    }

    /// Made below `avx512` alone, so that whoever holds one runs with what that enables.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Avx512(__m512);

    /// For each third of `x y z x y z …` of sixteen points: where its numbers come from out of `x` and `y` (counted on behind `x`; any for `z`), and then out of
    /// that and `z`.
    const ORDER: [[[i32; 16]; 2]; 3] = {
        let mut order = [[[0; 16]; 2]; 3];
        let mut at = 0;
        while at < 48 {
            let (point, axis) = (at / 3, at % 3);
            let (third, lane) = (at / 16, at % 16);
            if axis < 2 {
                order[third][0][lane] = (point + 16 * axis) as i32;
                order[third][1][lane] = lane as i32;
            } else {
                order[third][1][lane] = (point + 16) as i32;
            }
            at += 1;
        }
        order
    };

    impl Lanes for Avx512 {
        /// By half of the weights, then of the tile.
        type Sums = [[__m512i; 2]; 2];
        const HOLDS_ALL: bool = true;

        #[inline(always)]
        fn nothing() -> Self::Sums {
            // SAFETY: the type is named only below `avx512`, which enables the features; so in all of this block.
            [[unsafe { _mm512_setzero_si512() }; 2]; 2]
        }

        #[inline(always)]
        fn add(sums: &mut Self::Sums, [a, b]: [&Steps; 2], high: i32, low: i32) {
            // SAFETY: as in `nothing`; `Steps` are 64 bytes, aligned to 64.
            unsafe {
                let x = _mm512_load_si512(a.0.as_ptr().cast());
                let y = _mm512_load_si512(b.0.as_ptr().cast());
                let pairs = [_mm512_unpacklo_epi16(x, y), _mm512_unpackhi_epi16(x, y)];
                for (sums, weight) in sums.iter_mut().zip([high, low]) {
                    let weights = _mm512_set1_epi32(weight);
                    for (sum, pair) in sums.iter_mut().zip(pairs) {
                        *sum = _mm512_dpwssd_epi32(*sum, pair, weights);
                    }
                }
            }
        }

        #[inline(always)]
        fn metres([high, low]: Self::Sums) -> [Self; 2] {
            let mut halves = [Self::splat(0.0); 2];
            for ((to, high), low) in halves.iter_mut().zip(high).zip(low) {
                // SAFETY: as in `nothing`.
                unsafe {
                    let (high, low) = (_mm512_cvtepi32_ps(high), _mm512_cvtepi32_ps(low));
                    to.0 = _mm512_add_ps(
                        _mm512_mul_ps(high, _mm512_set1_ps(UNITS_M[0])),
                        _mm512_mul_ps(low, _mm512_set1_ps(UNITS_M[1])),
                    );
                }
            }
            halves
        }

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: as in `nothing`.
            Self(unsafe { _mm512_set1_ps(value) })
        }

        #[inline(always)]
        fn load(from: &Sixteen) -> Self {
            // SAFETY: as in `nothing`; `Sixteen` is 64 bytes, aligned to 64.
            Self(unsafe { _mm512_load_ps(from.0.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, to: &mut Sixteen) {
            // SAFETY: as in `load`.
            unsafe { _mm512_store_ps(to.0.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn plus(self, other: Self) -> Self {
            // SAFETY: as in `nothing`.
            Self(unsafe { _mm512_add_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn times(self, other: Self) -> Self {
            // SAFETY: as in `nothing`.
            Self(unsafe { _mm512_mul_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn points(x: Self, y: Self, z: Self, to: &mut [f32; 48]) {
            for (to, [first, then]) in to.as_chunks_mut::<16>().0.iter_mut().zip(&ORDER) {
                // SAFETY: as in `nothing`; 64 bytes are read from each order and written to each third, neither of which has to be aligned.
                unsafe {
                    let first = _mm512_loadu_si512(first.as_ptr().cast());
                    let then = _mm512_loadu_si512(then.as_ptr().cast());
                    let xy = _mm512_permutex2var_ps(x.0, first, y.0);
                    _mm512_storeu_ps(to.as_mut_ptr(), _mm512_permutex2var_ps(xy, then, z.0));
                }
            }
        }
    }

    const _: () = assert!(TILE == 32, "the registers above are made for this");
}
