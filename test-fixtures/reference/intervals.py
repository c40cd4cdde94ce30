"""Proves mid-P intervals, McNemar's test and the bootstrap against scipy and statsmodels."""
import numpy as np
import scipy
import statsmodels
from scipy.optimize import brentq
from scipy.stats import binom, bootstrap
from statsmodels.stats.contingency_tables import mcnemar

from common import GOLDENS, write_json

random = np.random.default_rng(11)


def mid_tail(k, n, p):
    return binom.sf(k, n, p) + binom.pmf(k, n, p) / 2


def interval(k, n, tail=0.025):
    low = 0 if k == 0 else brentq(lambda p: mid_tail(k, n, p) - tail, 1e-12, k / n, xtol=1e-14)
    high = 1 if k == n else brentq(lambda p: 1 - mid_tail(k, n, p) - tail, k / n, 1 - 1e-12, xtol=1e-14)
    return dict(hits=k, trials=n, low=float(low), high=float(high))


counts = [(0, 1), (1, 1), (0, 5), (2, 5), (5, 5), (1, 40), (3, 20), (199, 200), (400, 400), (789, 1164), (78900, 116400)]

discordant = [(0, 0), (0, 1), (3, 3), (1, 6), (10, 2), (12, 25), (40, 61), (150, 90), (1000, 1120)]


def mid_p(b, c):
    """Fagerland, Lydersen, Laake (2013): the exact p less the probability of what was observed."""
    if b == c:
        return 1.0
    exact = mcnemar([[0, b], [c, 0]], exact=True).pvalue
    return float(exact - binom.pmf(min(b, c), b + c, 0.5))


rows = (random.random((90, 2)) < [0.7, 0.8]).astype(float)
losses = random.gamma(0.6, 1.5, 300).round(6)


def corrected(values, confidence):
    """scipy's BCa, on its own resamples."""
    drawn = bootstrap((values,), np.mean, n_resamples=400, method="percentile", random_state=7)
    found = bootstrap((values,), np.mean, n_resamples=0, bootstrap_result=drawn, method="BCa", confidence_level=confidence)
    low, high = found.confidence_interval
    return dict(values=values.tolist(), drawn=drawn.bootstrap_distribution.tolist(), confidence=confidence, low=float(low), high=float(high))


def percentiles(values, statistic):
    found = bootstrap((values,), statistic, n_resamples=200_000, method="percentile", random_state=5, batch=1000).confidence_interval
    return dict(low=float(found.low), high=float(found.high))


write_json(GOLDENS / "intervals.json", dict(
    versions=dict(scipy=scipy.__version__, statsmodels=statsmodels.__version__),
    binomial=[interval(*pair) for pair in counts],
    mcnemar=[dict(better=b, worse=c, p=mid_p(b, c)) for b, c in discordant],
    log_loss=dict(losses=losses.tolist(), **percentiles(losses, np.mean)),
    corrected=[corrected(losses[:40], level) for level in (0.95, 0.8)],
    difference=dict(
        before=rows[:, 0].astype(int).tolist(), after=rows[:, 1].astype(int).tolist(),
        **percentiles(rows[:, 1] - rows[:, 0], np.mean),
    ),
))
