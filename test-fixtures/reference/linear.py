"""Proves the linear model's objective: coefficients and probabilities of scikit-learn's LogisticRegression on a small
sparse problem with class weights, and with sample weights, by which it balances the classes too. Writes
goldens/linear.json."""
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_class_weight

from common import GOLDENS, write_json

random = np.random.default_rng(5)
x = random.normal(size=(40, 12)) * (random.random((40, 12)) < 0.3)
y = random.integers(0, 3, 40)
weights = {0: 0.5, 1: 1.5, 2: 3.0}
model = LogisticRegression(C=5.0, class_weight=weights, tol=1e-10, max_iter=10000).fit(x, y)
sample_weights = random.uniform(0.1, 3.0, 40)
weighted = LogisticRegression(C=5.0, class_weight="balanced", tol=1e-10, max_iter=10000)
weighted.fit(x, y, sample_weight=sample_weights)
write_json(GOLDENS / "linear.json", dict(
    versions=dict(sklearn=sklearn.__version__), C=5.0, rows=x.tolist(), labels=y.tolist(), class_weights=list(weights.values()),
    probabilities=model.predict_proba(x).tolist(), coefficients=model.coef_.tolist(),
    sample_weights=sample_weights.tolist(),
    balanced=dict(
        class_weights=compute_class_weight("balanced", classes=np.arange(3), y=y, sample_weight=sample_weights).tolist(),
        probabilities=weighted.predict_proba(x).tolist(), coefficients=weighted.coef_.tolist(),
    ),
))
