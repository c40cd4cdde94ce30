"""Proves the agreement between votes: Fleiss' kappa by statsmodels, the mean share of agreeing pairs by scikit-learn's
accuracy of each vote against each other. Writes goldens/agreement.json."""
from itertools import combinations

import numpy as np
import sklearn
import statsmodels
from sklearn.metrics import accuracy_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from common import GOLDENS, write_json

random = np.random.default_rng(5)


def votes_of(texts, votes, shares, faithful):
    """Each vote is the text's own class, or with 1 - faithful one at random."""
    classes = len(shares)
    truth = random.choice(classes, (texts, 1), p=shares)
    strays = random.choice(classes, (texts, votes), p=shares)
    return np.where(random.random((texts, votes)) < faithful, truth, strays)


def case(name, votes, classes):
    table, _ = aggregate_raters(votes, n_cat=classes)
    pairs = [accuracy_score(votes[:, a], votes[:, b]) for a, b in combinations(range(votes.shape[1]), 2)]
    return dict(name=name, votes=votes.tolist(), classes=classes, kappa=float(fleiss_kappa(table)),
                pairwise=float(np.mean(pairs)))


write_json(GOLDENS / "agreement.json", dict(
    versions=dict(statsmodels=statsmodels.__version__, sklearn=sklearn.__version__),
    cases=[
        case("two votes that mostly agree", votes_of(40, 2, [0.5, 0.3, 0.2], 0.9), 3),
        case("three votes on nine classes, one of them large", votes_of(60, 3, [0.6] + [0.05] * 8, 0.7), 9),
        case("five votes that are chance", votes_of(30, 5, [0.25] * 4, 0.0), 4),
        case("votes that disagree more than chance does", np.array([[0, 1], [1, 0], [0, 1], [1, 0]]), 2),
    ],
))
