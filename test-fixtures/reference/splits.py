"""Proves splits: which fold StratifiedKFold (no shuffling) gives each row, and how many rows of each class
train_test_split holds out. Writes goldens/splits.json.

The counts are not wholly determined: where the rounding ties, scikit-learn draws. So beside the counts of one seed
stand the lowest and the highest of 200 seeds; `is_determined` says that they agree.
"""
import numpy as np
import sklearn
from sklearn.model_selection import StratifiedKFold, train_test_split

from common import GOLDENS, write_json

FOLDS, HELD_OUT, SEEDS = 5, 0.2, 200
random = np.random.default_rng(7)


def folds(name, sizes):
    labels = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    fold_of_row = np.empty(len(labels), int)
    for fold, (_, held) in enumerate(StratifiedKFold(FOLDS).split(labels, labels)):
        fold_of_row[held] = fold
    return dict(
        name=name, counts=sizes, labels=labels.tolist(), folds=FOLDS, fold_of_row=fold_of_row.tolist(),
        counts_of_fold=[np.bincount(labels[fold_of_row == fold], minlength=len(sizes)).tolist() for fold in range(FOLDS)],
    )


def held_out(sizes):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    drawn = np.array([
        np.bincount(train_test_split(labels, test_size=HELD_OUT, stratify=labels, random_state=seed)[1], minlength=len(sizes))
        for seed in range(SEEDS)
    ])
    lowest, highest = drawn.min(0), drawn.max(0)
    return dict(
        counts=sizes, test_size=HELD_OUT, train=(sizes - drawn[0]).tolist(), validation=drawn[0].tolist(),
        is_determined=bool((lowest == highest).all()), validation_lowest=lowest.tolist(), validation_highest=highest.tolist(),
    )


write_json(GOLDENS / "splits.json", dict(
    versions=dict(sklearn=sklearn.__version__, numpy=np.__version__),
    stratified_k_fold=[
        folds("balanced", [12, 12, 12, 12]),
        folds("imbalanced", [61, 23, 11, 7]),
        folds("classes of five and six", [40, 18, 6, 5]),
    ],
    train_test_split=[held_out(sizes) for sizes in (
        [50, 30, 20], [10, 10, 10, 10], [2130, 1493, 752, 506, 456, 312, 128, 25, 18], [7, 5, 2], [61, 23, 11, 7],
        [40, 18, 6, 5], [997, 3], [8, 8, 8],
    )],
))
