"""Proves Cohen's kappa against scikit-learn."""
import numpy as np
import sklearn
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from common import GOLDENS, write_json

random = np.random.default_rng(17)


def case(name, one, other, classes):
    ids = list(range(classes))
    return dict(name=name, matrix=confusion_matrix(one, other, labels=ids).tolist(),
                kappa=float(cohen_kappa_score(one, other, labels=ids)))


def disagreeing(truth, share, classes):
    """Some of them dealt anew."""
    return np.where(random.random(len(truth)) < share, random.integers(classes, size=len(truth)), truth)


balanced = np.arange(120) % 4
imbalanced = random.choice(9, 400, p=[0.4, 0.2, 0.1, 0.1, 0.05, 0.05, 0.04, 0.03, 0.03])
cases = [
    case("mostly agreed", balanced, disagreeing(balanced, 0.3, 4), 4),
    case("nine classes, some of them rare", imbalanced, disagreeing(imbalanced, 0.15, 9), 9),
    case("dealt blindly", random.integers(3, size=200), random.integers(3, size=200), 3),
    case("never disagreed", balanced, balanced, 4),
    case("never agreed", balanced, (balanced + 1) % 4, 4),
    case("one of them knows one class only", balanced, np.zeros(120, int), 4),
    case("a class that neither used", balanced, disagreeing(balanced, 0.5, 4), 6),
    case("three texts", np.array([0, 1, 1]), np.array([0, 1, 0]), 2),
]

write_json(GOLDENS / "kappa.json", dict(versions=dict(sklearn=sklearn.__version__), cases=cases))
