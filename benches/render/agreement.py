"""Do two renderers draw the same picture, as far as their noise lets anyone tell?

Each gives the same number of independent pictures (other seeds, nothing else). Squares of 8 × 8 pixels are summed, so that noise is near enough normal, and Welch's t is
taken for each square and channel from the spread of the pictures. Three verdicts, each wrong once in a thousand when the truth is "the same":

- *worst square*: the smallest p-value of all squares and channels, corrected for their number (Šidák); finds things in the wrong place;
- *shape*: Kolmogorov–Smirnov of the squares' p-values (of luminance) against the uniform distribution they have when nothing differs, one-sided: too
  many small ones; finds small differences everywhere;
- *mean*: radiance over the whole picture within 0.5 %, the issue's own bar, with its standard error beside it.

Differences below `ROUNDING` of a square's radiance count as none: single precision ends there.
"""
from dataclasses import dataclass

import numpy as np
from scipy import stats

BLOCK = 8
ALPHA = 1e-3
ROUNDING = 1e-4
MEAN_BAR = 0.005
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@dataclass
class Agreement:
    """`mean` and its standard error are shares of the radiance; p-values are corrected where said."""

    mean: float
    mean_error: float
    beyond_three: float
    worst: float
    worst_at: tuple
    shape: float

    def same(self):
        return abs(self.mean) < MEAN_BAR and self.worst > ALPHA and self.shape > ALPHA


def blocks(pictures):
    """`[repeats, height, width, channels]` → means over squares."""
    repeats, height, width, channels = pictures.shape
    squares = pictures[:, :height // BLOCK * BLOCK, :width // BLOCK * BLOCK]
    return squares.reshape(repeats, height // BLOCK, BLOCK, width // BLOCK, BLOCK, channels).mean((2, 4))


def welch(a, b):
    """Two-sided p-values that two sets of repeats have the same mean, and the statistic."""
    variance_a, variance_b = a.var(0, ddof=1) / len(a), b.var(0, ddof=1) / len(b)
    middle = (a.mean(0) + b.mean(0)) / 2
    variance = variance_a + variance_b
    difference = a.mean(0) - b.mean(0)
    t = np.sign(difference) * np.maximum(np.abs(difference) - ROUNDING * middle, 0) / np.sqrt(np.maximum(variance, 1e-30))
    freedom = variance**2 / np.maximum((variance_a**2 + variance_b**2) / (len(a) - 1), 1e-60)
    return 2 * stats.t.sf(np.abs(t), np.maximum(freedom, 1)), t


def compare(a, b):
    """Both `[repeats, height, width, 3]`."""
    squares_a, squares_b = blocks(a), blocks(b)
    p, t = welch(squares_a, squares_b)
    worst = p.min()
    brightness, _ = welch(squares_a @ LUMINANCE, squares_b @ LUMINANCE)
    # What both see without noise (a plain backdrop) says nothing about agreement of noise.
    noisy = (squares_a @ LUMINANCE).std(0) > ROUNDING * (squares_a @ LUMINANCE).mean(0)
    means_a, means_b = a.mean((1, 2, 3)), b.mean((1, 2, 3))
    whole = means_b.mean()
    return Agreement(
        mean=means_a.mean() / whole - 1,
        mean_error=np.hypot(means_a.std(ddof=1), means_b.std(ddof=1)) / np.sqrt(len(a)) / whole,
        beyond_three=(np.abs(t) > 3).mean(),
        worst=-np.expm1(p.size * np.log1p(-min(worst, 1 - 1e-16))),
        worst_at=tuple(int(k) * BLOCK for k in np.unravel_index(p.argmin(), p.shape)[:2]),
        shape=stats.kstest(brightness[noisy], "uniform", alternative="greater").pvalue,
    )
