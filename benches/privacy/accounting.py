"""Our privacy accountant beside dp-accounting 0.6.0, case by case, on the same grid.

    cargo build --release -p populace-privacy --example accountant
    python -m venv VENV && VENV/bin/pip install dp-accounting==0.6.0
    VENV/bin/python benches/privacy/accounting.py target/release/examples/accountant

Prints a table: the ε of both at the stated δ, ours over theirs, and CPU seconds (ours with the start of the process, theirs without
that of Python). Where dp-accounting's own rounding shows (`unsteady`), ours is also set beside a reference: masses by mpmath with 40 digits,
divided between the same grid's neighbours, convolved by SciPy's transform in long double. Exit code 1 if a figure of ours is more than 1 %
above or below: theirs, or in those cases the reference.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import mpmath
import numpy
import scipy.fft
from dp_accounting.pld import privacy_loss_distribution as pld

INTERVAL = 1e-4


def cases():
    """(what, parts, δ); a part is the event's name, its parameters and how often."""
    gaussian = lambda sigma, times=1: ("gaussian", {"sensitivity": 1, "sigma": sigma}, times)
    laplace = lambda scale, times=1: ("laplace", {"sensitivity": 1, "scale": scale}, times)
    steps = lambda sigma, rate, times: ("subsampled_gaussian", {"sensitivity": 1, "sigma": sigma, "rate": rate}, times)
    discrete = lambda sigma, times=1, sensitivity=1: ("discrete_gaussian", {"sensitivity": sensitivity, "sigma": sigma}, times)
    geometric = lambda scale, times=1, sensitivity=1: ("discrete_laplace", {"sensitivity": sensitivity, "scale": scale}, times)
    event = lambda epsilon, delta, times=1: ("event", {"epsilon": epsilon, "delta": delta}, times)
    pure = lambda epsilon, times=1: ("pure", {"epsilon": epsilon}, times)
    yield "Gaussian, σ 1", [gaussian(1)], 1e-5
    yield "Gaussian, σ 0.5", [gaussian(0.5)], 1e-9
    yield "Gaussian, σ 5", [gaussian(5)], 1e-12
    yield "Gaussian, σ 10, 50 times", [gaussian(10, 50)], 1e-6
    yield "Gaussian, σ 100, 10,000 times", [gaussian(100, 10_000)], 1e-12
    yield "Gaussian, σ 0.2", [gaussian(0.2)], 1e-3
    yield "Laplace, scale 1", [laplace(1)], 1e-6
    yield "Laplace, scale 10, 100 times", [laplace(10, 100)], 1e-6
    yield "Laplace, scale 50, 1,000 times", [laplace(50, 1000)], 1e-12
    yield "discrete Gaussian, σ 1", [discrete(1)], 1e-5
    yield "discrete Gaussian, σ 20, sensitivity 3", [discrete(20, 1, 3)], 1e-9
    yield "discrete Gaussian, σ 8, 30 times", [discrete(8, 30)], 1e-6
    yield "discrete Gaussian, σ 50, 500 times", [discrete(50, 500)], 1e-12
    yield "discrete Laplace, scale 2", [geometric(2)], 1e-6
    yield "discrete Laplace, scale 10, sensitivity 4, 20 times", [geometric(10, 20, 4)], 1e-8
    yield "discrete Laplace, scale 30, 300 times", [geometric(30, 300)], 1e-12
    yield "ε 0.1, 64 times", [pure(0.1, 64)], 1e-6
    yield "ε 1, 10 times", [pure(1, 10)], 1e-9
    yield "(0.5, 1e-8), 20 times", [event(0.5, 1e-8, 20)], 1e-6
    yield "DP-SGD, σ 1.1, q 0.004, 15,000 steps", [steps(1.1, 0.004, 15_000)], 1e-5
    yield "DP-SGD, σ 1, q 0.01, 1,000 steps", [steps(1, 0.01, 1000)], 1e-6
    yield "DP-SGD, σ 0.7, q 0.01, 3,000 steps", [steps(0.7, 0.01, 3000)], 1e-5
    yield "DP-SGD, σ 2, q 0.05, 10,000 steps", [steps(2, 0.05, 10_000)], 1e-6
    yield "DP-SGD, σ 4, q 0.5, 500 steps", [steps(4, 0.5, 500)], 1e-12
    yield "DP-SGD, σ 0.8, q 0.001, 100,000 steps", [steps(0.8, 0.001, 100_000)], 1e-7
    yield "DP-SGD, σ 1, q 0.02, one step", [steps(1, 0.02, 1)], 1e-6
    yield "DP-SGD, σ 1.5, q 0.1, 200 steps", [steps(1.5, 0.1, 200)], 1e-12
    yield "DP-SGD, σ 0.3, q 1e-5, 100,000 steps", [steps(0.3, 1e-5, 100_000)], 1e-6
    yield "Gaussian and Laplace", [gaussian(3), laplace(2)], 1e-6
    yield "Gaussians of two sizes and ε 0.1", [gaussian(8, 30), gaussian(20, 100), pure(0.1, 10)], 1e-6
    yield "DP-SGD with histograms", [steps(1, 0.01, 2000), discrete(30, 40), pure(0.05, 5)], 1e-5
    yield "one of each", [gaussian(5, 3), laplace(8, 3), discrete(12, 3), geometric(9, 3), event(0.1, 1e-9, 2), steps(2, 0.1, 20)], 1e-7
    yield "of each a hundred", [gaussian(50, 100), laplace(80, 100), discrete(60, 100), geometric(90, 100)], 1e-12


def unsteady(parts, delta):
    """Whether dp-accounting's own rounding shows: hundreds of compositions at δ = 1e-12 move by 1e-4 to 1e-2 with the grid's interval."""
    return delta < 1e-11 and sum(times for _, _, times in parts) > 250


def theirs_of(name, value):
    options = {"value_discretization_interval": INTERVAL}
    if name == "gaussian":
        return pld.from_gaussian_mechanism(value["sigma"], value["sensitivity"], **options)
    if name == "laplace":
        return pld.from_laplace_mechanism(value["scale"], value["sensitivity"], **options)
    if name == "discrete_gaussian":
        return pld.from_discrete_gaussian_mechanism(value["sigma"], value["sensitivity"], use_connect_dots=True, **options)
    if name == "discrete_laplace":
        return pld.from_discrete_laplace_mechanism(1 / value["scale"], value["sensitivity"], use_connect_dots=True, **options)
    if name == "subsampled_gaussian":
        return pld.from_gaussian_mechanism(value["sigma"], value["sensitivity"], sampling_prob=value["rate"], **options)
    delta = value.get("delta", 0.0)
    from dp_accounting.pld import common

    return pld.from_privacy_parameters(common.DifferentialPrivacyParameters(value["epsilon"], delta), **options)


def theirs(parts, delta):
    whole = None
    for name, value, times in parts:
        part = theirs_of(name, value)
        if times > 1:
            part = part.self_compose(times)
        whole = part if whole is None else whole.compose(part)
    return whole.get_epsilon_for_delta(delta)


def losses(name, value):
    """(loss, probability) of one release by mpmath; continuous noise as its parts between multiples of the interval, by their mean e^-loss."""
    one, step = mpmath.mpf(1), mpmath.mpf(INTERVAL)
    if name == "discrete_gaussian":
        sigma, shift = mpmath.mpf(value["sigma"]), value["sensitivity"]
        weight = lambda x: mpmath.exp(-mpmath.mpf(x * x) / (2 * sigma * sigma))
        reach = int(14 * sigma)
        total = mpmath.fsum(weight(x) for x in range(-reach, reach + 1))
        return [((shift * shift - 2 * x * shift) / (2 * sigma * sigma), weight(x) / total) for x in range(-reach, reach + 1)]
    if name == "discrete_laplace":
        decay, shift = one / value["scale"], value["sensitivity"]
        side = one / (1 + mpmath.exp(-decay))
        middle = [(decay * (shift - 2 * x), mpmath.tanh(decay / 2) * mpmath.exp(-decay * x)) for x in range(1, shift)]
        return [(decay * shift, side), *middle, (-decay * shift, side * mpmath.exp(-decay * shift))]
    if name == "laplace":
        span = mpmath.mpf(value["sensitivity"]) / value["scale"]
        atoms = [(span, one / 2), (-span, mpmath.exp(-span) / 2)]
        # Between two losses: the probability under P, and under Q.
        p = lambda l: mpmath.exp((l - span) / 2) / 2
        q = lambda l: -mpmath.exp(-(l + span) / 2) / 2
        edges = [-span, span]
    else:
        mu = one * value["sensitivity"] / value["sigma"]
        atoms = []
        p = lambda l: mpmath.ncdf(l / mu - mu / 2)
        q = lambda l: mpmath.ncdf(l / mu + mu / 2)
        edges = [-13 * mu, 13 * mu]
    inner = range(int(mpmath.ceil(edges[0] / step)), int(mpmath.floor(edges[1] / step)) + 1)
    cuts = [edges[0], *(k * step for k in inner), edges[1]]
    at = [(p(l), q(l)) for l in cuts]
    for (p0, q0), (p1, q1) in zip(at, at[1:]):
        if p1 > p0:
            atoms.append((mpmath.log((p1 - p0) / (q1 - q0)), p1 - p0))
    return atoms


def reference(parts, delta):
    """ε of the same discretisation without our margins or anybody's rounding."""
    size, spectrum, centre = 1 << 21, 1, 0
    for name, value, times in parts:
        mass = numpy.zeros(size, dtype=numpy.longdouble)
        for loss, probability in losses(name, value):
            k = int(mpmath.floor(loss / INTERVAL))
            up = mpmath.expm1(-(loss - k * mpmath.mpf(INTERVAL))) / mpmath.expm1(-mpmath.mpf(INTERVAL))
            mass[k % size] += numpy.longdouble(str(probability * (1 - up)))
            mass[(k + 1) % size] += numpy.longdouble(str(probability * up))
        spectrum = spectrum * scipy.fft.rfft(mass) ** times
    mass = scipy.fft.irfft(spectrum, size)
    loss = numpy.arange(1, size // 2, dtype=numpy.longdouble) * numpy.longdouble(INTERVAL)
    mass = mass[1 : size // 2]
    low, high = 0.0, float(loss[-1])
    for _ in range(60):
        middle = (low + high) / 2
        above = loss > middle
        found = numpy.sum(mass[above] * -numpy.expm1(middle - loss[above]))
        low, high = (middle, high) if found > delta else (low, middle)
    return high


def ours(program, parts, delta):
    """Our answer and the CPU seconds of the process that gave it."""
    case = {"parts": [{"event": name, "times": times, **value} for name, value, times in parts], "delta": delta, "interval": INTERVAL}
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write(json.dumps(case) + "\n")
    process.stdin.close()
    answer = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        sys.exit(f"{program} failed on {case}")
    return answer["epsilon"], usage.ru_utime + usage.ru_stime


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program", nargs="?", help="the built example `accountant`")
    options.add_argument("--golden", action="store_true", help="print dp-accounting's figures, which our tests compare with, instead")
    options = options.parse_args()
    if options.golden:
        for what, parts, delta in cases():
            if unsteady(parts, delta):
                continue
            print(json.dumps({"what": what, "parts": [{"event": n, "times": t, **v} for n, v, t in parts], "delta": delta, "epsilon": theirs(parts, delta)}, ensure_ascii=False))
        return
    mpmath.mp.dps = 40
    print("| case | δ | ε, ours | ε, dp-accounting | ours / theirs | ours / reference | ours, CPU s | theirs, CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    ratios, beside, our_time, their_time = [], [], 0.0, 0.0
    for what, parts, delta in cases():
        found, seconds = ours(options.program, parts, delta)
        start = time.process_time()
        expected = theirs(parts, delta)
        theirs_seconds = time.process_time() - start
        exact = reference(parts, delta) if unsteady(parts, delta) and all(name != "subsampled_gaussian" for name, _, _ in parts) else None
        (ratios if exact is None else beside).append(found / (exact or expected))
        against = f"{found / exact:.7f}" if exact else ""
        our_time += seconds
        their_time += theirs_seconds
        print(f"| {what} | {delta:g} | {found:.6f} | {expected:.6f} | {found / expected:.7f} | {against} | {seconds:.2f} | {theirs_seconds:.2f} |", flush=True)
    print(f"\n{len(ratios)} cases: ours / theirs from {min(ratios):.9f} to {max(ratios):.7f}; {len(beside)} cases: ours / reference from {min(beside):.9f} to {max(beside):.7f}")
    print(f"CPU seconds {our_time:.1f} and {their_time:.1f}")
    if min(ratios + beside) < 1 or max(ratios + beside) > 1.01:
        sys.exit(1)


if __name__ == "__main__":
    main()
