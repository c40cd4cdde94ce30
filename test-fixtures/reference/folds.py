"""Proves that folds are scikit-learn's: StratifiedKFold and StratifiedGroupKFold, without shuffling."""
import warnings

import numpy as np
import scipy
import sklearn
from scipy.stats import t
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from common import GOLDENS, write_json

random = np.random.default_rng(11)
warnings.simplefilter("ignore")


def dealt(splitter, labels, groups=None):
    folds = np.full(len(labels), -1)
    for fold, (_, held) in enumerate(splitter.split(labels, labels, groups)):
        folds[held] = fold
    return "".join(map(str, folds))


def drawn(rows, classes, skew):
    """Class ids, the more skewed the rarer the last, every class at least once."""
    shares = np.exp(-skew * np.arange(classes))
    labels = random.choice(classes, rows, p=shares / shares.sum())
    labels[random.choice(rows, classes, replace=False)] = np.arange(classes)
    return labels


plain, grouped = [], []
for rows, classes, skew, folds in [
    *[(int(random.integers(12, 120)), int(random.integers(2, 6)), float(random.uniform(0, 1.5)), int(random.integers(2, 7)))
      for _ in range(40)],
    (300, 9, 0.6, 5), (300, 20, 0.2, 10), (200, 3, 2.5, 5), (500, 140, 0.01, 3), (60, 2, 0, 2),
]:
    labels = drawn(rows, classes, skew)
    if np.bincount(labels).max() < folds:
        continue
    if len(plain) % 2:
        labels = np.sort(labels)[:: -1 if len(plain) % 4 == 1 else 1]
    plain.append(dict(folds=folds, labels=labels.tolist(), fold_of_row=dealt(StratifiedKFold(folds), labels)))
    # groups of all sizes, of one class and of several, down to rows that are alone
    many = int(random.integers(folds, rows))
    kinds = dict(mixed=random.integers(0, many, rows), alone=np.arange(rows)[::-1],
                 few=random.integers(0, folds + 2, rows), pure=labels * 1000 + random.integers(0, 4, rows))
    for groups in kinds.values():
        if len(np.unique(groups)) < folds:
            continue
        grouped.append(dict(folds=folds, labels=labels.tolist(), groups=groups.tolist(),
                            fold_of_row=dealt(StratifiedGroupKFold(folds), labels, groups)))

names = np.array([["чайник", "Чайник", "ёлка", "10", "9", "", "😀", "～"][i] for i in random.integers(0, 8, 80)])
labels = drawn(80, 3, 0.5)
named = dict(folds=3, labels=labels.tolist(), groups=names.tolist(),
             fold_of_row=dealt(StratifiedGroupKFold(3), labels, names))

write_json(GOLDENS / "folds.json", dict(
    versions=dict(sklearn=sklearn.__version__, scipy=scipy.__version__), plain=plain, grouped=grouped, named=named,
    student_t=[dict(freedom=freedom, p=p, quantile=float(t.ppf(p, freedom)))
               for freedom in [1, 2, 3, 4, 5, 9, 14, 19, 29, 49, 100] for p in [0.5, 0.75, 0.9, 0.95, 0.975, 0.995]],
))
