"""Writes stats.json: reference answers for the formulas of src/stats.

Every case holds its whole input, the answer of an independent implementation, and the relative tolerance
within which ours must agree. See README.md for the environment.
"""

import datetime
import json
import math
import pathlib
import platform
import warnings
from fractions import Fraction
from importlib.metadata import version

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from scipy import stats
from scipy.stats.contingency import association
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

SEED = 20260901
PACKAGES = ["numpy", "scipy", "scikit-learn", "lifelines", "statsmodels"]
rng = np.random.default_rng(SEED)


def case(function, name, given, expected, rel_tol=1e-12):
    return {"function": function, "name": name, "input": given, "expected": expected, "rel_tol": rel_tol}


# Summary ------------------------------------------------------------------------------------------------


def exact_mean_and_sd(values):
    """Mean and population sd of the doubles themselves, in rational arithmetic."""
    exact = [Fraction(v) for v in values]
    mean = sum(exact) / len(exact)
    variance = sum((v - mean) ** 2 for v in exact) / len(exact)
    # A root to 40 digits: the fraction is scaled so that the integer root keeps them all.
    scale = 10**80
    root = math.isqrt(variance.numerator * scale // variance.denominator)
    return {"mean": float(mean), "population_sd": float(Fraction(root, 10**40))}


def summary_cases():
    # `start` once, then `pair` repeated `pairs` times: the form of NIST StRD NumAcc1 to NumAcc4.
    series = [
        ("NIST NumAcc1", 10000001.0, [10000003.0, 10000002.0], 1),
        ("NIST NumAcc2", 1.2, [1.1, 1.3], 500),
        ("NIST NumAcc3", 1000000.2, [1000000.1, 1000000.3], 500),
        ("NIST NumAcc4", 10000000.2, [10000000.1, 10000000.3], 500),
        ("one and three above 1e15", 1e15, [1e15 + 1, 1e15 + 3], 500),
        ("1e15 next to 1e-9", 1e-9, [1e15, 1e-9], 50),
        ("a sum that cancels", 1e-9, [1e15, -1e15], 50),
        ("large and nearly equal", 86400e9, [86400e9 + 1, 86400e9], 500),
    ]
    cases = []
    for name, start, pair, pairs in series:
        given = {"start": start, "pair": pair, "pairs": pairs}
        cases.append(case("mean_and_sd", name, given, exact_mean_and_sd([start] + pair * pairs)))
    values = sorted(np.round(rng.lognormal(2.0, 1.5, 23), 3).tolist())
    for p in [0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 1.0]:
        for name, given in [("23 values", values), ("two values", [1.0, 2.0]), ("ties", [1.0, 1.0, 1.0, 5.0])]:
            expected = float(np.quantile(given, p, method="linear"))
            cases.append(case("quantile_sorted", f"{name} at {p}", {"values": given, "p": p}, expected))
    return cases


# Proportions --------------------------------------------------------------------------------------------


def wilson_cases():
    pairs = [(0, 1), (1, 1), (0, 20), (20, 20), (1, 20), (7, 19), (81, 263), (15, 148), (500, 1000)]
    pairs += [(3, 1_000_000), (123_456_789, 987_654_321)]
    cases = []
    for successes, n in pairs:
        low, high = proportion_confint(successes, n, alpha=0.05, method="wilson")
        # statsmodels leaves rounding dust such as 1e-17 where the bound is exactly 0 or 1.
        low = 0.0 if successes == 0 else float(low)
        high = 1.0 if successes == n else float(high)
        expected = {"value": successes / n, "low": low, "high": high, "n": n}
        cases.append(case("wilson", f"{successes} of {n}", {"successes": successes, "n": n}, expected))
    return cases


# Survival -----------------------------------------------------------------------------------------------


def survival_samples():
    n = 80
    lifetimes = np.ceil(rng.exponential(40.0, n)).astype(int)
    ends = rng.integers(10, 91, n)
    return {
        "ties and censoring": ([1, 1, 2, 2, 2, 3, 4, 4, 5, 5], [1, 0, 1, 1, 0, 0, 1, 1, 0, 0]),
        "censored before the first event": ([3, 5, 7, 7, 9, 12], [0, 0, 1, 0, 1, 0]),
        "everyone churns": ([2, 4, 4, 6, 8], [1, 1, 1, 1, 1]),
        "churn on day zero": ([0, 0, 0, 3, 10, 10], [1, 1, 0, 1, 0, 0]),
        "80 customers": (np.minimum(lifetimes, ends).tolist(), (lifetimes <= ends).astype(int).tolist()),
    }


def kaplan_meier_cases():
    cases = []
    for name, (durations, churned) in survival_samples().items():
        fit = KaplanMeierFitter().fit(durations, churned)
        table = fit.event_table
        table = table[table["removed"] > 0]
        times = table.index.to_numpy()
        survival = fit.survival_function_at_times(times).to_numpy()
        d, n = table["observed"].to_numpy(float), table["at_risk"].to_numpy(float)
        hazard_variance = np.cumsum(np.where(d < n, d / (n * np.maximum(n - d, 1.0)), 0.0))
        std_err = survival * np.sqrt(hazard_variance)
        # A second opinion on Greenwood, at the times at which statsmodels states it.
        other = SurvfuncRight(durations, churned)
        for time, se in zip(other.surv_times, other.surv_prob_se):
            if survival[times == time][0] > 0.0:
                np.testing.assert_allclose(std_err[times == time][0], se, rtol=1e-12)
        bounds = fit.confidence_interval_.loc[times].to_numpy()
        expected = {
            "times": times.tolist(),
            "at_risk": n.astype(int).tolist(),
            "events": d.astype(int).tolist(),
            "survival": survival.tolist(),
            "std_err": std_err.tolist(),
            "low": bounds[:, 0].tolist(),
            "high": bounds[:, 1].tolist(),
        }
        given = {"durations": durations, "churned": [bool(c) for c in churned]}
        cases.append(case("kaplan_meier", name, given, expected, 1e-11))
    return cases


def log_rank_cases():
    samples = {
        "two groups": (
            [0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
            [6, 7, 10, 15, 19, 9, 13, 13, 20, 25],
            [1, 0, 1, 1, 0, 1, 1, 1, 0, 1],
        ),
    }
    for n_groups, n in [(2, 60), (3, 90), (5, 200)]:
        group = rng.integers(0, n_groups, n)
        lifetimes = np.ceil(rng.exponential(30.0 + 10.0 * group)).astype(int)
        ends = rng.integers(20, 91, n)
        samples[f"{n_groups} groups of {n} customers"] = (
            group.tolist(),
            np.minimum(lifetimes, ends).tolist(),
            (lifetimes <= ends).astype(int).tolist(),
        )
    cases = []
    for name, (group, durations, churned) in samples.items():
        test = multivariate_logrank_test(durations, group, churned)
        given = {
            "group": group,
            "n_groups": max(group) + 1,
            "durations": durations,
            "churned": [bool(c) for c in churned],
        }
        expected = {
            "statistic": float(test.test_statistic),
            "df": int(test.degrees_of_freedom),
            "p_value": float(test.p_value),
        }
        cases.append(case("log_rank", name, given, expected, 1e-9))
    return cases


# Association --------------------------------------------------------------------------------------------

TABLES = {
    "two by two": [[12, 5], [3, 20]],
    "three segments": [[90, 10], [60, 40], [30, 70]],
    "three by four": [[10, 20, 30, 5], [6, 9, 17, 20], [1, 2, 40, 3]],
    "independent": [[10, 20], [20, 40]],
    "perfect": [[30, 0], [0, 50]],
    "very large": [[1_000_000, 10], [20, 2_000_000]],
}


def association_cases():
    cases = []
    for name, table in TABLES.items():
        counts = np.array(table)
        test = stats.chi2_contingency(counts, correction=False)
        expected = {"statistic": float(test.statistic), "df": int(test.dof), "p_value": float(test.pvalue)}
        if test.statistic < 1e-12:
            expected["statistic"], expected["p_value"] = 0.0, 1.0
        cases.append(case("chi_squared", name, {"table": table}, expected, 1e-10))

        # Bergsma (2013) on top of scipy's uncorrected V.
        r, c = counts.shape
        n = int(counts.sum())
        phi2 = association(counts, "cramer") ** 2 * min(r - 1, c - 1)
        phi2 = max(0.0, phi2 - (r - 1) * (c - 1) / (n - 1))
        r, c = r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)
        expected = math.sqrt(phi2 / min(r - 1, c - 1))
        cases.append(case("cramers_v", name, {"table": table}, expected, 1e-10))
    for x in [1e-8, 0.5, 1.0, 3.841458820694124, 10.0, 100.0, 400.0, 1000.0, 1370.0]:
        for df in [1, 2, 5, 30, 200]:
            expected = float(stats.chi2.sf(x, df))
            if expected > 1e-300:
                cases.append(case("chi_squared_tail", f"x {x}, df {df}", {"x": x, "df": df}, expected, 1e-10))
    return cases


# ROC ----------------------------------------------------------------------------------------------------


def delong(scores, positive):
    """DeLong, DeLong & Clarke-Pearson (1988) from the full matrix of comparisons; logit interval."""
    scores, positive = np.array(scores), np.array(positive, bool)
    x, y = scores[positive], scores[~positive]
    psi = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    auc = psi.mean()
    variance = psi.mean(axis=1).var(ddof=1) / len(x) + psi.mean(axis=0).var(ddof=1) / len(y)
    logit, half = math.log(auc / (1 - auc)), stats.norm.ppf(0.975) * math.sqrt(variance) / (auc * (1 - auc))
    low, high = (1 / (1 + math.exp(-(logit + side * half))) for side in (-1, 1))
    return float(auc), low, high


def roc_cases():
    samples = {
        "four scores": ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]),
        "many ties": ([1, 2, 2, 3, 3, 3, 1, 2, 3, 1, 2, 3], [0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0]),
    }
    for n in [50, 300]:
        positive = rng.random(n) < 0.3
        samples[f"{n} scores"] = (
            np.round(rng.normal(positive * 1.0), 2).tolist(),
            positive.astype(int).tolist(),
        )
    cases = []
    for name, (scores, positive) in samples.items():
        given = {"scores": [float(s) for s in scores], "positive": [bool(p) for p in positive]}
        value, low, high = delong(scores, positive)
        np.testing.assert_allclose(value, roc_auc_score(positive, scores), rtol=1e-12)
        expected = {"value": value, "low": low, "high": high, "n": len(scores)}
        cases.append(case("auc", name, given, expected, 1e-11))
        fpr, tpr, _ = roc_curve(positive, scores, drop_intermediate=False)
        cases.append(case("roc_curve", name, given, np.column_stack([fpr, tpr]).tolist()))
    return cases


# Calibration --------------------------------------------------------------------------------------------


def calibration_cases():
    p = np.round(rng.beta(1.0, 3.0, 60), 6)
    y = rng.random(60) < p
    samples = {
        "60 predictions": (p.tolist(), y.tolist()),
        "certain and wrong": ([0.0, 1.0, 0.5, 0.25], [True, False, True, False]),
    }
    cases = []
    for name, (p, y) in samples.items():
        given = {"p": p, "y": y}
        cases.append(case("brier", name, given, float(brier_score_loss(y, p))))
        cases.append(case("log_loss", name, given, float(log_loss(y, p))))
    p, y = samples["60 predictions"]
    assert len(set(p)) == len(p), "equal-count bins are only comparable without ties"
    observed, predicted = calibration_curve(y, p, n_bins=6, strategy="quantile")
    expected = {"observed": observed.tolist(), "predicted": predicted.tolist()}
    cases.append(case("calibration_table", "six bins", {"p": p, "y": y, "n_bins": 6}, expected))
    return cases


# Output -------------------------------------------------------------------------------------------------


def main():
    warnings.simplefilter("ignore")
    cases = summary_cases() + wilson_cases() + kaplan_meier_cases() + log_rank_cases()
    cases += association_cases() + roc_cases() + calibration_cases()
    packages = {name: version(name) for name in PACKAGES}
    provenance = {
        "tool": "make_stats.py",
        "version": {"python": platform.python_version(), **packages},
        "command": "python3 tests/golden/make_stats.py",
        "date": datetime.date.today().isoformat(),
        "seed": SEED,
    }
    lines = ",\n".join(json.dumps(c, allow_nan=False) for c in cases)
    text = f'{{"provenance": {json.dumps(provenance)},\n"cases": [\n{lines}\n]}}\n'
    pathlib.Path(__file__).with_name("stats.json").write_text(text)


main()
