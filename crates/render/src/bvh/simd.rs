//! The only code here that needs instructions not every processor has.
//!
//! What a processor can do is asked once, when a hierarchy is built; its [`Level`] is the proof that the wide code may run.
#![expect(
    unsafe_code,
    reason = "instructions that only some processors have; guarded by Level"
)]
use super::lanes::{Eight, Lanes, Plain, Task};

/// Which instructions are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// Only made where the processor has them.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    Wide,
}

impl Level {
    /// Plain Rust alone: the oracle of the others.
    #[cfg_attr(not(test), expect(dead_code, reason = "asked for by tests"))]
    pub(super) const PLAIN: Self = Self(Kind::Plain);

    /// The best of this processor.
    pub(super) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt")
        {
            return Self(Kind::Wide);
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            return Self(Kind::Wide);
        }
        Self(Kind::Plain)
    }

    /// Does a task with what is there.
    #[inline(always)]
    pub(super) fn run<T: Task>(self, task: T) -> T::Output {
        match self.0 {
            Kind::Plain => task.run::<Plain>(),
            // SAFETY: `detect` has found every feature that `wide` enables.
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Kind::Wide => unsafe { wide(task) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn wide<T: Task>(task: T) -> T::Output {
    task.run::<avx2::Avx2>()
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
fn wide<T: Task>(task: T) -> T::Output {
    task.run::<neon::Neon>()
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Eight, Lanes};
    use std::arch::x86_64::{
        __m256, _CMP_LE_OQ, _CMP_LT_OQ, _CMP_NEQ_UQ, _mm256_add_ps, _mm256_and_ps,
        _mm256_blendv_ps, _mm256_cmp_ps, _mm256_div_ps, _mm256_load_ps, _mm256_max_ps,
        _mm256_min_ps, _mm256_movemask_ps, _mm256_mul_ps, _mm256_or_ps, _mm256_set1_ps,
        _mm256_sqrt_ps, _mm256_store_ps, _mm256_sub_ps,
    };

    /// Made by `wide` alone, so that whoever holds one runs with AVX2.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Avx2(__m256);

    macro_rules! lanewise {
        ($($name:ident = $intrinsic:ident;)*) => {$(
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                // SAFETY: a value of this type exists only below `wide`, which enables AVX2.
                Self(unsafe { $intrinsic(self.0, other.0) })
            }
        )*};
    }

    macro_rules! compare {
        ($($name:ident = $predicate:ident;)*) => {$(
            #[inline(always)]
            fn $name(self, other: Self) -> __m256 {
                // SAFETY: as above.
                unsafe { _mm256_cmp_ps::<$predicate>(self.0, other.0) }
            }
        )*};
    }

    impl Lanes for Avx2 {
        type Mask = __m256;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: the type is private to this module and named only by `wide`, which enables AVX2.
            Self(unsafe { _mm256_set1_ps(value) })
        }

        #[inline(always)]
        fn load(from: &Eight) -> Self {
            // SAFETY: as in `splat`; `Eight` is 32 bytes, aligned to 32.
            Self(unsafe { _mm256_load_ps(from.0.as_ptr()) })
        }

        #[inline(always)]
        fn array(self) -> Eight {
            let mut eight = Eight([0.0; 8]);
            // SAFETY: as in `load`.
            unsafe { _mm256_store_ps(eight.0.as_mut_ptr(), self.0) };
            eight
        }

        lanewise! {
            plus = _mm256_add_ps;
            minus = _mm256_sub_ps;
            times = _mm256_mul_ps;
            over = _mm256_div_ps;
            min = _mm256_min_ps;
            max = _mm256_max_ps;
        }

        compare! {
            at_most = _CMP_LE_OQ;
            below = _CMP_LT_OQ;
            differs = _CMP_NEQ_UQ;
        }

        #[inline(always)]
        fn and(a: __m256, b: __m256) -> __m256 {
            // SAFETY: as in `splat`.
            unsafe { _mm256_and_ps(a, b) }
        }

        #[inline(always)]
        fn or(a: __m256, b: __m256) -> __m256 {
            // SAFETY: as in `splat`.
            unsafe { _mm256_or_ps(a, b) }
        }

        #[inline(always)]
        fn root(self) -> Self {
            // SAFETY: as in `splat`.
            Self(unsafe { _mm256_sqrt_ps(self.0) })
        }

        #[inline(always)]
        fn choose(mask: __m256, yes: Self, no: Self) -> Self {
            // SAFETY: as in `splat`.
            Self(unsafe { _mm256_blendv_ps(no.0, yes.0, mask) })
        }

        #[inline(always)]
        fn bits(mask: __m256) -> u32 {
            // SAFETY: as in `splat`.
            unsafe { _mm256_movemask_ps(mask) }.cast_unsigned()
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use super::{Eight, Lanes};
    use std::arch::aarch64::{
        float32x4_t, uint32x4_t, vaddq_f32, vaddvq_u32, vandq_u32, vbslq_f32, vceqq_f32, vcgtq_f32,
        vcleq_f32, vcltq_f32, vdivq_f32, vdupq_n_f32, vld1q_f32, vld1q_u32, vmulq_f32, vmvnq_u32,
        vorrq_u32, vst1q_f32, vsubq_f32,
    };

    /// Made by `wide` alone, so that whoever holds one runs with NEON.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Neon(float32x4_t, float32x4_t);

    macro_rules! lanewise {
        ($($name:ident = $intrinsic:ident;)*) => {$(
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                // SAFETY: a value of this type exists only below `wide`, which enables NEON.
                unsafe { Self($intrinsic(self.0, other.0), $intrinsic(self.1, other.1)) }
            }
        )*};
    }

    macro_rules! compare {
        ($($name:ident = $intrinsic:ident;)*) => {$(
            #[inline(always)]
            fn $name(self, other: Self) -> (uint32x4_t, uint32x4_t) {
                // SAFETY: as above.
                unsafe { ($intrinsic(self.0, other.0), $intrinsic(self.1, other.1)) }
            }
        )*};
    }

    impl Lanes for Neon {
        type Mask = (uint32x4_t, uint32x4_t);

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: the type is private to this module and named only by `wide`, which enables NEON.
            unsafe { Self(vdupq_n_f32(value), vdupq_n_f32(value)) }
        }

        #[inline(always)]
        fn load(from: &Eight) -> Self {
            let start = from.0.as_ptr();
            // SAFETY: as in `splat`; both halves lie inside of the eight numbers.
            unsafe { Self(vld1q_f32(start), vld1q_f32(start.add(4))) }
        }

        #[inline(always)]
        fn array(self) -> Eight {
            let mut eight = Eight([0.0; 8]);
            let start = eight.0.as_mut_ptr();
            // SAFETY: as in `load`.
            unsafe {
                vst1q_f32(start, self.0);
                vst1q_f32(start.add(4), self.1);
            }
            eight
        }

        lanewise! {
            plus = vaddq_f32;
            minus = vsubq_f32;
            times = vmulq_f32;
            over = vdivq_f32;
        }

        // NEON's own minimum returns a NaN that x86's would drop.
        #[inline(always)]
        fn min(self, other: Self) -> Self {
            let (first, second) = self.below(other);
            // SAFETY: as in `splat`.
            unsafe {
                Self(
                    vbslq_f32(first, self.0, other.0),
                    vbslq_f32(second, self.1, other.1),
                )
            }
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            // SAFETY: as in `splat`.
            unsafe {
                Self(
                    vbslq_f32(vcgtq_f32(self.0, other.0), self.0, other.0),
                    vbslq_f32(vcgtq_f32(self.1, other.1), self.1, other.1),
                )
            }
        }

        compare! {
            at_most = vcleq_f32;
            below = vcltq_f32;
        }

        #[inline(always)]
        fn differs(self, other: Self) -> Self::Mask {
            // SAFETY: as in `splat`.
            unsafe {
                (
                    vmvnq_u32(vceqq_f32(self.0, other.0)),
                    vmvnq_u32(vceqq_f32(self.1, other.1)),
                )
            }
        }

        #[inline(always)]
        fn and(a: Self::Mask, b: Self::Mask) -> Self::Mask {
            // SAFETY: as in `splat`.
            unsafe { (vandq_u32(a.0, b.0), vandq_u32(a.1, b.1)) }
        }

        #[inline(always)]
        fn or(a: Self::Mask, b: Self::Mask) -> Self::Mask {
            // SAFETY: as in `splat`.
            unsafe { (vorrq_u32(a.0, b.0), vorrq_u32(a.1, b.1)) }
        }

        #[inline(always)]
        fn root(self) -> Self {
            // SAFETY: as in `splat`.
            unsafe { Self(vsqrtq_f32(self.0), vsqrtq_f32(self.1)) }
        }

        #[inline(always)]
        fn choose(mask: Self::Mask, yes: Self, no: Self) -> Self {
            // SAFETY: as in `splat`.
            unsafe {
                Self(
                    vbslq_f32(mask.0, yes.0, no.0),
                    vbslq_f32(mask.1, yes.1, no.1),
                )
            }
        }

        #[inline(always)]
        fn bits(mask: Self::Mask) -> u32 {
            const FIRST: [u32; 4] = [1, 2, 4, 8];
            const SECOND: [u32; 4] = [16, 32, 64, 128];
            // SAFETY: as in `splat`; the tables hold four numbers each.
            unsafe {
                vaddvq_u32(vandq_u32(mask.0, vld1q_u32(FIRST.as_ptr())))
                    | vaddvq_u32(vandq_u32(mask.1, vld1q_u32(SECOND.as_ptr())))
            }
        }
    }
}
