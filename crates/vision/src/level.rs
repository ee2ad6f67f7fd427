//! The only code of this crate that needs instructions not every processor has; [`Level`] is the proof that they may run.
//!
//! A product is added to a sum with one rounding (a fused multiplication and addition) everywhere: in hardware where there is some, else by the
//! C library. All levels give the same bits.
#![expect(
    unsafe_code,
    reason = "instructions that only some processors have; guarded by Level"
)]
use crate::lanes::{LANES, Lanes};

/// Work that is written once for all widths.
pub(crate) trait Task {
    /// Marked `#[inline(always)]`, or it would not be compiled for the instructions of its caller.
    fn run<W: Wide>(self);
}

/// [`Lanes`] in registers.
pub(crate) trait Wide: Copy {
    /// Whether sixteen of these and what they are made from fit the registers; else four.
    const MANY: bool;
    fn splat(value: f32) -> Self;
    fn load(lanes: &Lanes) -> Self;
    fn store(self, to: &mut Lanes);
    /// `self + a · b`, rounded once.
    fn add_product(self, a: Self, b: Self) -> Self;
}

/// Which instructions are there, asked once per network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level(Kind);

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
    /// The best of this processor.
    pub(crate) fn detect() -> Self {
        Self::all().pop().unwrap_or(Self(Kind::Plain))
    }

    /// Everything that this processor can do, the best last.
    pub(crate) fn all() -> Vec<Self> {
        #[cfg_attr(
            not(target_arch = "x86_64"),
            expect(unused_mut, reason = "nothing to add")
        )]
        let mut all = vec![Self(Kind::Plain)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                all.push(Self(Kind::Avx2));
                if is_x86_feature_detected!("avx512f") {
                    all.push(Self(Kind::Avx512));
                }
            }
        }
        all
    }

    /// Does a task with what is there.
    #[inline(always)]
    pub(crate) fn run<T: Task>(self, task: T) {
        match self.0 {
            Kind::Plain => task.run::<Plain>(),
            // SAFETY: `all` has found the features that each enables.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { avx2(task) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => unsafe { avx512(task) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<T: Task>(task: T) {
    task.run::<x86::Avx2>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f")]
fn avx512<T: Task>(task: T) {
    task.run::<x86::Avx512>();
}

/// What runs everywhere.
#[derive(Debug, Clone, Copy)]
struct Plain([f32; LANES]);

impl Wide for Plain {
    const MANY: bool = false;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    fn load(lanes: &Lanes) -> Self {
        Self(lanes.0)
    }

    #[inline(always)]
    fn store(self, to: &mut Lanes) {
        to.0 = self.0;
    }

    #[inline(always)]
    fn add_product(mut self, a: Self, b: Self) -> Self {
        for lane in 0..LANES {
            self.0[lane] = a.0[lane].mul_add(b.0[lane], self.0[lane]);
        }
        self
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m512, _mm256_fmadd_ps, _mm256_load_ps, _mm256_set1_ps, _mm256_store_ps,
        _mm512_fmadd_ps, _mm512_load_ps, _mm512_set1_ps, _mm512_store_ps,
    };

    use super::{LANES, Lanes, Wide};

    /// Made below `avx2` alone, so that whoever holds one runs with AVX2 and FMA.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Avx2(__m256, __m256);

    impl Wide for Avx2 {
        const MANY: bool = false;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: the type is named only below `avx2`, which enables the features; so in all of this block.
            let half = unsafe { _mm256_set1_ps(value) };
            Self(half, half)
        }

        #[inline(always)]
        fn load(lanes: &Lanes) -> Self {
            let from = lanes.0.as_ptr();
            // SAFETY: as in `splat`; `Lanes` are 64 bytes, aligned to 64.
            unsafe { Self(_mm256_load_ps(from), _mm256_load_ps(from.add(LANES / 2))) }
        }

        #[inline(always)]
        fn store(self, to: &mut Lanes) {
            let to = to.0.as_mut_ptr();
            // SAFETY: as in `load`.
            unsafe {
                _mm256_store_ps(to, self.0);
                _mm256_store_ps(to.add(LANES / 2), self.1);
            }
        }

        #[inline(always)]
        fn add_product(self, a: Self, b: Self) -> Self {
            // SAFETY: as in `splat`.
            unsafe {
                Self(
                    _mm256_fmadd_ps(a.0, b.0, self.0),
                    _mm256_fmadd_ps(a.1, b.1, self.1),
                )
            }
        }
    }

    /// Made below `avx512` alone, so that whoever holds one runs with AVX-512.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Avx512(__m512);

    impl Wide for Avx512 {
        const MANY: bool = true;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: the type is named only below `avx512`, which enables the feature; so in all of this block.
            Self(unsafe { _mm512_set1_ps(value) })
        }

        #[inline(always)]
        fn load(lanes: &Lanes) -> Self {
            // SAFETY: as in `splat`; `Lanes` are 64 bytes, aligned to 64.
            Self(unsafe { _mm512_load_ps(lanes.0.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, to: &mut Lanes) {
            // SAFETY: as in `load`.
            unsafe { _mm512_store_ps(to.0.as_mut_ptr(), self.0) };
        }

        #[inline(always)]
        fn add_product(self, a: Self, b: Self) -> Self {
            // SAFETY: as in `splat`.
            Self(unsafe { _mm512_fmadd_ps(a.0, b.0, self.0) })
        }
    }
}
