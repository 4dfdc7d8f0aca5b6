#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tables that Sollya cannot make, because it lacks the gamma function or the interval is infinite.

Chebyshev interpolation at 80 digits (within a factor of about two of the minimax polynomial),
turned into monomials of a centred variable and rounded to double. The bound printed is the error of
the rounded polynomial relative to the function, on a fine grid.
"""

from mpmath import (mp, mpf, cos, pi, polyval, erfc, exp, sqrt, loggamma, digamma, floor, bernoulli,
                    nstr, findroot, log as ln)

mp.dps = 80


def monomials(f, degree, low, high):
    """Coefficients, lowest first, of the polynomial in t that interpolates f on [low, high]."""
    nodes = [cos(pi * (mpf(k) + mpf(1) / 2) / (degree + 1)) for k in range(degree + 1)]
    middle, half = (mpf(low) + high) / 2, (mpf(high) - low) / 2
    values = [f(middle + half * u) for u in nodes]
    # Newton's divided differences, expanded: stable enough at 80 digits.
    points = [middle + half * u for u in nodes]
    table = list(values)
    for level in range(1, degree + 1):
        for k in range(degree, level - 1, -1):
            table[k] = (table[k] - table[k - 1]) / (points[k] - points[k - level])
    result = [mpf(0)]
    for k in range(degree, -1, -1):
        shifted = [mpf(0)] + result
        result = [a - points[k] * b for a, b in zip(shifted, result + [mpf(0)])]
        result[0] += table[k]
    return result[:degree + 1]


def doubles(coefficients):
    return [float(c) for c in coefficients]


def emit(name, comment, f, degree, low, high):
    table = doubles(monomials(f, degree, low, high))
    grid = [mpf(low) + (mpf(high) - low) * (mpf(k) + mpf(1) / 3) / 500 for k in range(500)]
    error = max(abs(polyval([mpf(c) for c in reversed(table)], t) / f(t) - 1) for t in grid)
    print(f"// {comment}")
    print(f"// relative error 2^{nstr(ln(error, 2), 3)}")
    print(f"inline constexpr double {name}[] = {{{', '.join(c.hex() for c in table)}}};")


def erfcx(x):
    return exp(x * x) * erfc(x) if x < 60 else sum_erfcx(x)


def sum_erfcx(x):
    term, total = mpf(1), mpf(0)
    for k in range(60):
        total += term
        term *= -(2 * k + 1) / (2 * x * x)
    return total / (x * sqrt(pi))


def erfcx_scaled(t):
    """(1 + 2x)·erfcx(x), t = (x - 4)/(x + 4): smooth from x = 0 (t = -1) to infinity (t = 1)."""
    x = 4 * (1 + t) / (1 - t)
    return (1 + 2 * x) * erfcx(x)


def positive_cumulants(u):
    """E = erfcx(u), and mean, variance and third central moment of a normal variable with mean
    -sqrt(2)*u and variance 1 that is known to be positive."""
    scaled, x = erfcx(u), -sqrt(mpf(2)) * u
    hazard = sqrt(2 / pi) / scaled
    mean = x + hazard
    variance = 1 - hazard * mean
    return scaled, mean, variance, hazard * (mean**2 - variance)


# With q = 1 + 2u: moments and their combinations times powers of erfcx are entire functions of u, as
# erfcx is, so that the same change of variable serves; the quotients have poles near the line.
def mean_numerator(t):
    u = 4 * (1 + t) / (1 - t)
    scaled, mean, _, _ = positive_cumulants(u)
    return mean * scaled * (1 + 2 * u)**2


def variance_numerator(t):
    u = 4 * (1 + t) / (1 - t)
    scaled, _, variance, _ = positive_cumulants(u)
    return variance * (scaled * (1 + 2 * u)**2)**2


def third_moment_numerator(t):
    u = 4 * (1 + t) / (1 - t)
    scaled, mean, variance, skew = positive_cumulants(u)
    return (skew + 3 * mean * variance + mean**3) * scaled * (1 + 2 * u)**4


def main():
    emit("erfcx_f64", "(1 + 2x)*erfcx(x) in t = (x - 4)/(x + 4), x >= 0", erfcx_scaled, 24, -1, 1)
    emit("positive_mean_f64", "E(Z)*erfcx(u)*(1 + 2u)^2, Z normal of mean -sqrt(2)*u and positive",
         mean_numerator, 26, -1, 1)
    emit("positive_variance_f64", "var(Z)*erfcx(u)^2*(1 + 2u)^4", variance_numerator, 30, -1, 1)
    emit("positive_third_f64", "E(Z^3)*erfcx(u)*(1 + 2u)^4", third_moment_numerator, 30, -1, 1)
    for name, order in (("variance", 2), ("skew", 3)):
        emit(f"near_positive_{name}_f64",
             f"the {name} of Z in x + 3/8, x = -sqrt(2)*u, -1.5 <= x <= 0.75",
             lambda t, order=order: positive_cumulants((mpf(3) / 8 - t) / sqrt(mpf(2)))[order], 22,
             -1.125, 1.125)
    emit("lgamma_f64", "lgamma(y)/((y - 1)*(y - 2)) in y - 3/2, 1 <= y <= 2",
         lambda t: loggamma(t + 1.5) / ((t + 0.5) * (t - 0.5)), 22, -0.5, 0.5)
    root = findroot(digamma, 1.46)
    emit("digamma_f64", "digamma(y)/(y - root) in y - 3/2, 1 <= y <= 2",
         lambda t: digamma(t + 1.5) / (t + 1.5 - root), 22, -0.5, 0.5)
    high = float(root)
    print("// the positive root of digamma, as a sum of two")
    print(f"inline constexpr double digamma_root[] = {{{high.hex()}, {float(root - high).hex()}}};")
    # Asymptotic series in 1/x^2 (DLMF 5.11.1, 5.11.2, 5.15.8), eleven terms.
    terms = 11
    b = [bernoulli(2 * k) for k in range(1, terms + 1)]
    series = {
        "lgamma_series": ("lgamma(x) - (x - 1/2)*log(x) + x - log(2*pi)/2, times x",
                          [b[k - 1] / (2 * k * (2 * k - 1)) for k in range(1, terms + 1)]),
        "digamma_series": ("log(x) - 1/(2x) - digamma(x), times x^2",
                           [b[k - 1] / (2 * k) for k in range(1, terms + 1)]),
        "trigamma_series": ("trigamma(x) - 1/x - 1/(2x^2), times x^3", b),
        "tetragamma_series": ("-tetragamma(x) - 1/x^2 - 1/x^3, times x^4",
                              [(2 * k + 1) * b[k - 1] for k in range(1, terms + 1)]),
        "pentagamma_series": ("pentagamma(x) - 2/x^3 - 3/x^4, times x^5",
                              [(2 * k + 2) * (2 * k + 1) * b[k - 1] for k in range(1, terms + 1)]),
    }
    for name, (comment, coefficients) in series.items():
        print(f"// {comment}, in 1/x^2")
        values = ", ".join(c.hex() for c in doubles(coefficients))
        print(f"inline constexpr double {name}[] = {{{values}}};")
    two_over_pi()


def two_over_pi():
    """2^e·2/π mod 4 in pieces of 53 digits, e = 0 … 971, and of 29 digits, e = 0 … 104, for floats."""
    mp.prec = 1400
    ratio = 2 / pi

    def pieces(exponent, count, digits):
        rest = ratio * mpf(2) ** exponent
        rest -= 4 * floor(rest / 4)
        result = []
        for _ in range(count):
            unit = mpf(2) ** (int(floor(ln(rest, 2))) + 1 - digits) if rest > 0 else mpf(1)
            piece = floor(rest / unit) * unit
            result.append(float(piece))
            rest -= piece
        return result

    tables = (("two_over_pi_f64", 971, 4, 53), ("two_over_pi_f32", 104, 3, 29))
    for name, last, count, digits in tables:
        print(f"// 2^e*2/pi mod 4 as a sum of {count} numbers of {digits} digits, e = 0 ... {last}")
        rows = [", ".join(p.hex() for p in pieces(e, count, digits)) for e in range(last + 1)]
        print(f"inline constexpr double {name}[] = {{\n" + ",\n".join(rows) + "};")


if __name__ == "__main__":
    main()
