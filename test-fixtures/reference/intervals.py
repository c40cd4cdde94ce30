"""Proves mid-P intervals, McNemar's test, the bootstrap and intervals of macro averages against scipy, statsmodels and scikit-learn."""
import numpy as np
import scipy
import sklearn
import statsmodels
from scipy.optimize import brentq
from scipy.stats import binom, bootstrap, norm
from sklearn.metrics import precision_recall_fscore_support
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


def adjusted_wald(rows, only_first, only_second, z=norm.ppf(0.975)):
    """Bonett, Price (2012), 3: of the second share of right answers less the first."""
    b, c = ((n + 1) / (rows + 2) for n in (only_first, only_second))
    away = z * np.sqrt((b + c - (c - b) ** 2) / (rows + 2))
    return dict(rows=rows, only_first=only_first, only_second=only_second, low=float(c - b - away), high=float(c - b + away))


def confused(truth, right, random):
    """Answers of which those that are wrong are of the neighbouring class, 0 for 1 and 1 for 0, and so are errors of 2."""
    return np.where(random.random(len(truth)) < right, truth, np.where(truth == 0, 1, 0))


def macros(truth, *models):
    """Precision, recall and F1, of the second model less the first where there are two."""
    scores = [precision_recall_fscore_support(truth, one, average="macro", zero_division=0)[:3] for one in models]
    return np.subtract(scores[1], scores[0]) if len(scores) == 2 else np.array(scores[0])


def macro_intervals(*columns):
    drawn = bootstrap(columns, macros, n_resamples=4000, method="percentile", paired=True, vectorized=False, random_state=9)
    low, high = drawn.confidence_interval
    names = ("precision_macro", "recall_macro", "f1_macro")
    return {name: dict(low=float(low[i]), high=float(high[i])) for i, name in enumerate(names)}


draws = np.random.default_rng(23)
truth = draws.choice(3, 600, p=[0.45, 0.35, 0.2])
first = confused(truth, 0.75, draws)
second = np.where(draws.random(600) < 0.6, first, confused(truth, 0.8, draws))

write_json(GOLDENS / "intervals.json", dict(
    versions=dict(scipy=scipy.__version__, statsmodels=statsmodels.__version__, sklearn=sklearn.__version__),
    paired=[adjusted_wald(*case) for case in [(200, 0, 0), (200, 3, 5), (200, 12, 30), (1000, 0, 0), (1000, 40, 70)]],
    macro=dict(
        truth=truth.tolist(), first=first.tolist(), second=second.tolist(),
        of_first=macro_intervals(truth, first), difference=macro_intervals(truth, first, second),
    ),
    binomial=[interval(*pair) for pair in counts],
    mcnemar=[dict(better=b, worse=c, p=mid_p(b, c)) for b, c in discordant],
    log_loss=dict(losses=losses.tolist(), **percentiles(losses, np.mean)),
    corrected=[corrected(losses[:40], level) for level in (0.95, 0.8)],
    difference=dict(
        before=rows[:, 0].astype(int).tolist(), after=rows[:, 1].astype(int).tolist(),
        **percentiles(rows[:, 1] - rows[:, 0], np.mean),
    ),
))
