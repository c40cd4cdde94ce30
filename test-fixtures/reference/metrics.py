"""Proves metrics, class weights, label order and the split's class counts against scikit-learn."""
import numpy as np
import sklearn
from sklearn.metrics import (accuracy_score, classification_report, confusion_matrix, f1_score, log_loss,
                             precision_score, recall_score, top_k_accuracy_score)
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.class_weight import compute_class_weight

from common import GOLDENS, write_json

random = np.random.default_rng(3)
LABELS = sorted(["обувь", "одежда", "посуда", "электроника", "нет товара"])


def case(name, truth, probabilities):
    k = len(LABELS)
    ids = list(range(k))
    predicted = probabilities.argmax(1)
    average = lambda score, how: float(score(truth, predicted, average=how, zero_division=0))
    return dict(
        name=name, truth=truth.tolist(), probabilities=probabilities.tolist(),
        confusion=confusion_matrix(truth, predicted, labels=ids).tolist(),
        report=classification_report(truth, predicted, labels=ids, target_names=LABELS, output_dict=True, zero_division=0),
        metrics=dict(
            accuracy=float(accuracy_score(truth, predicted)),
            f1_weighted=average(f1_score, "weighted"), f1_macro=average(f1_score, "macro"), f1_micro=average(f1_score, "micro"),
            precision_weighted=average(precision_score, "weighted"), precision_macro=average(precision_score, "macro"),
            recall_weighted=average(recall_score, "weighted"), recall_macro=average(recall_score, "macro"),
            top_2_accuracy=float(top_k_accuracy_score(truth, probabilities, k=2, labels=ids)),
            top_3_accuracy=float(top_k_accuracy_score(truth, probabilities, k=3, labels=ids)),
            log_loss=float(log_loss(truth, probabilities, labels=ids)),
        ),
    )


def probabilities(truth, skill, silent=()):
    scores = random.normal(size=(len(truth), len(LABELS)))
    scores[np.arange(len(truth)), truth] += skill
    scores[:, list(silent)] -= 50
    powers = np.exp(scores)
    return powers / powers.sum(1, keepdims=True)


balanced = np.arange(40) % 5
imbalanced = random.choice(5, 60, p=[0.55, 0.25, 0.12, 0.05, 0.03])
absent = np.where(balanced == 3, 0, balanced)
one = np.full(12, 2)
perfect = np.eye(5)[balanced] * 0.9 + 0.02
tied = np.array([np.roll(([0.25, 0.25, 0.25, 0.25, 0], [0.5, 0.5, 0, 0, 0], [0.4, 0.2, 0.2, 0.2, 0])[row % 3], row // 3)
                 for row in range(40)])
mistaken = np.eye(5)[np.where(np.arange(40) % 4 == 0, (balanced + 1) % 5, balanced)]
cases = [
    case("balanced", balanced, probabilities(balanced, 1.5)),
    case("imbalanced", imbalanced, probabilities(imbalanced, 1.0)),
    case("a class is never answered", balanced, probabilities(balanced, 1.0, silent=[1])),
    case("a class is answered and never true", absent, probabilities(absent, 1.0)),
    case("a class is neither", absent, probabilities(absent, 1.0, silent=[3])),
    case("one class only", one, probabilities(one, 1.0)),
    case("perfect", balanced, perfect),
    case("equal scores", balanced, tied),
    case("certain and right", balanced, np.eye(5)[balanced]),
    case("certain, and sometimes wrong", balanced, mistaken),
    case("rows do not sum to one", balanced, perfect * (1 + np.arange(40)[:, None]) / 40),
]

counts = [[50, 30, 20], [2130, 1493, 752, 506, 456, 312, 128, 25, 18], [7, 5, 2], [10, 10, 10, 10]]
splits = []
for sizes in counts:
    y = np.repeat(np.arange(len(sizes)), sizes)
    _, held = train_test_split(y, test_size=0.2, stratify=y, random_state=0)
    splits.append(dict(counts=sizes, validation=np.bincount(held, minlength=len(sizes)).tolist()))

words = ["обувь", "Обувь", "ёлки", "елки", "Ёлки", "яблоки", "shoes", "Shoes", "1", "а б", "обувь",
         "~", "\uff5e", "😀", "отзыв 😀", "отзыв \uff5e", "отзыв"]  # in UTF-16, 😀 would stand before the full-width tilde
write_json(GOLDENS / "metrics.json", dict(
    versions=dict(sklearn=sklearn.__version__), labels=LABELS, cases=cases,
    weights=[dict(counts=sizes, weights=compute_class_weight("balanced", classes=np.arange(len(sizes)),
                                                              y=np.repeat(np.arange(len(sizes)), sizes)).tolist()) for sizes in counts],
    encoder=dict(labels=words, classes=LabelEncoder().fit(words).classes_.tolist()),
    splits=splits,
))
