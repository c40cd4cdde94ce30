"""Proves reliability, Brier score, temperature and the bound on a precision against scikit-learn, numpy, torch and scipy."""
import numpy as np
import scipy
import sklearn
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import beta
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from common import GOLDENS, write_json

random = np.random.default_rng(5)
BINS = 15


def expected_calibration_error(confidence, correct):
    """Guo et al. 2017, equation 3, over bins (low, high]."""
    edges = np.linspace(0, 1, BINS + 1)
    gaps = []
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (low < confidence) & (confidence <= high)
        if inside.any():
            gaps.append((inside.mean(), abs(correct[inside].mean() - confidence[inside].mean())))
    return sum(share * gap for share, gap in gaps), max(gap for _, gap in gaps)


def nll(truth, logits, temperature, smoothing):
    loss = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)
    return loss(logits / temperature, truth)


def temperature_torch(truth, probabilities, smoothing):
    logits, truth = torch.tensor(probabilities).log(), torch.tensor(truth)
    log_temperature = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=200, tolerance_grad=1e-14, tolerance_change=1e-16,
                                  line_search_fn="strong_wolfe")

    def step():
        optimizer.zero_grad()
        loss = nll(truth, logits, log_temperature.exp(), smoothing)
        loss.backward()
        return loss

    optimizer.step(step)
    return float(log_temperature.detach().exp())


def temperature_scipy(truth, probabilities, smoothing):
    logits, truth = torch.tensor(probabilities).log(), torch.tensor(truth)
    found = minimize_scalar(lambda x: float(nll(truth, logits, float(np.exp(x)), smoothing)), bounds=(-3, 3),
                            method="bounded", options=dict(xatol=1e-12))
    return float(np.exp(found.x))


def case(name, rows, classes, sharpness, skill):
    """Labels are drawn from softmax(scores), the probabilities given are softmax(sharpness × scores)."""
    scores = skill * random.normal(size=(rows, classes))
    softmax = lambda z: np.exp(z - z.max(1, keepdims=True)) / np.exp(z - z.max(1, keepdims=True)).sum(1, keepdims=True)
    truth = np.array([random.choice(classes, p=p) for p in softmax(scores)])
    probabilities = np.array([[float(f"{p:.9g}") for p in row] for row in softmax(sharpness * scores)])  # as they are written
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == truth
    ece, mce = expected_calibration_error(confidence, correct)
    accuracy, mean_confidence = calibration_curve(correct, confidence, n_bins=BINS)
    smoothing = 1 / (rows + 2)
    by_torch, by_scipy = temperature_torch(truth, probabilities, 0.0), temperature_scipy(truth, probabilities, 0.0)
    assert abs(by_torch - by_scipy) < 1e-6, (by_torch, by_scipy)
    return dict(
        name=name, classes=classes, truth=truth.tolist(), probabilities=probabilities.tolist(), ece=float(ece), mce=float(mce),
        curve=dict(accuracy=accuracy.tolist(), confidence=mean_confidence.tolist()),
        brier=float(brier_score_loss(truth, probabilities, labels=list(range(classes)), scale_by_half=False)),
        temperature=by_torch, smoothed=temperature_torch(truth, probabilities, smoothing),
    )


bounds = [dict(successes=k, trials=n, certainty=c, low=float(beta.ppf(1 - c, k, n - k + 1)))
          for k, n in [(1, 1), (29, 29), (58, 60), (190, 200), (93_000, 100_000), (7, 10), (1, 50), (4711, 5000)] for c in (0.95, 0.9975)]

write_json(GOLDENS / "calibration.json", dict(
    versions=dict(sklearn=sklearn.__version__, torch=torch.__version__.split("+")[0], scipy=scipy.__version__, numpy=np.__version__),
    cases=[
        case("sharp: too sure of itself", 80, 4, 2.5, 1.0),
        case("flat: too modest", 80, 4, 0.4, 2.0),
        case("calibrated", 80, 5, 1.0, 1.5),
        case("two classes", 60, 2, 1.7, 1.0),
        case("few rows, all but one right", 12, 3, 1.0, 3.0),
    ],
    bounds=bounds,
))
