"""Confident learning as cleanlab does it: thresholds, joint, label issues and quality scores of random matrices."""
import warnings

import cleanlab
import numpy as np
from cleanlab.count import compute_confident_joint, get_confident_thresholds, num_label_issues
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

from common import GOLDENS, write_json

FILTERS = ["prune_by_noise_rate", "prune_by_class", "both", "confident_learning", "predicted_neq_given"]
random = np.random.default_rng(17)
warnings.filterwarnings("ignore", message="May not flag all label issues")


def case(name, truth, classes, noise, skill, sharpness=1.0):
    """Labels that are wrong with a probability of `noise`, and answers that are right the oftener the higher `skill`."""
    labels = np.where(random.uniform(size=len(truth)) < noise, random.integers(classes, size=len(truth)), truth)
    scores = random.normal(size=(len(truth), classes)) * sharpness
    scores[np.arange(len(truth)), truth] += skill
    powers = np.exp(scores)
    # as they are written, so that both sides work with the same numbers
    probabilities = np.array([[float(f"{p:.6g}") for p in row] for row in powers / powers.sum(1, keepdims=True)])
    return dict(
        name=name, classes=classes, labels=labels.tolist(), probabilities=probabilities.tolist(),
        thresholds=get_confident_thresholds(labels, probabilities).tolist(),
        counts=compute_confident_joint(labels, probabilities, calibrate=False).tolist(),
        calibrated=compute_confident_joint(labels, probabilities, calibrate=True).tolist(),
        offDiagonal=int(num_label_issues(labels, probabilities)),
        issues={name: np.flatnonzero(find_label_issues(labels, probabilities, filter_by=name, n_jobs=1)).tolist()
                for name in FILTERS},
        quality={name: get_label_quality_scores(labels, probabilities, method=name).tolist()
                 for name in ("self_confidence", "normalized_margin")},
    )


uniform = lambda rows, classes: random.integers(classes, size=rows)
skewed = random.choice(6, 160, p=[0.5, 0.25, 0.15, 0.06, 0.03, 0.01])
write_json(GOLDENS / "label-issues.json", dict(cleanlab=cleanlab.__version__, cases=[
    case("a good model, a tenth of the labels wrong", uniform(110, 4), 4, 0.1, 3.0),
    case("a weak model, a third wrong", uniform(120, 5), 5, 0.33, 1.0),
    case("two classes", uniform(60, 2), 2, 0.15, 2.0),
    case("imbalanced, with a class of a row or two", skewed, 6, 0.1, 2.0),
    case("labels that say nothing", uniform(80, 3), 3, 1.0, 0.0),
    case("nearly certain answers", uniform(80, 4), 4, 0.2, 6.0, 3.0),
    case("a class that no label names", random.choice([0, 1, 3], 60), 3 + 1, 0.0, 1.5),
    case("many classes of few rows", uniform(70, 12), 12, 0.2, 2.0),
    case("very few rows", uniform(9, 4), 4, 0.3, 1.0),
]))
