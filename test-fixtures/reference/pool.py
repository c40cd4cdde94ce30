"""Proves the weights of the log-linear pool: the minimum of the mean log loss, weights at least zero, by SciPy's L-BFGS-B.
Four members: a sound one, a better but overconfident one, one that only knows the classes' shares, and noise that speaks
against the truth, whose weight must be zero. Writes goldens/pool.json."""
import numpy as np
import scipy
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

from common import GOLDENS, write_json

ROWS, CLASSES, RIDGE = 60, 4, 1e-4
random = np.random.default_rng(11)
truth = random.choice(CLASSES, ROWS, p=[0.4, 0.3, 0.2, 0.1])
told = np.eye(CLASSES)[truth]
noise = lambda scale: random.normal(0, scale, (ROWS, CLASSES))
members = [
    told * 1.0 + noise(1.0),
    3 * (told * 1.2 + noise(0.8)),
    np.log([0.4, 0.3, 0.2, 0.1]) + noise(0.05),
    -told * 0.5 + noise(0.8),
]
probabilities = np.stack([np.exp(log_softmax(scores, axis=1)) for scores in members]).astype(np.float32)
logs = np.log(probabilities.astype(np.float64))


def loss(w):
    scores = np.tensordot(w, logs, 1)
    return np.mean(logsumexp(scores, axis=1) - scores[np.arange(ROWS), truth])


def fit(chosen):
    pick = lambda w: np.bincount(chosen, weights=w, minlength=len(members))
    found = minimize(
        lambda w: loss(pick(w)) + RIDGE / 2 * np.sum((w - 1 / len(w)) ** 2), np.full(len(chosen), 1 / len(chosen)),
        method="L-BFGS-B", bounds=[(0, None)] * len(chosen), options=dict(ftol=1e-15, gtol=1e-9, maxiter=1000),
    )
    return dict(members=list(chosen), weights=found.x.tolist(), loss=float(loss(pick(found.x))))


write_json(GOLDENS / "pool.json", dict(
    versions=dict(scipy=scipy.__version__), truth=truth.tolist(),
    members=probabilities.reshape(len(members), -1).tolist(),
    fits=[fit([0]), fit([0, 1]), fit([1, 2]), fit([0, 1, 2, 3]), fit([0, 3])],
))
