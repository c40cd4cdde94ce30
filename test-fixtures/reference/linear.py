"""Proves the linear model's objective: coefficients and probabilities of scikit-learn's LogisticRegression on a small
sparse problem with class weights. Writes goldens/linear.json."""
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

from common import GOLDENS, write_json

random = np.random.default_rng(5)
x = random.normal(size=(40, 12)) * (random.random((40, 12)) < 0.3)
y = random.integers(0, 3, 40)
weights = {0: 0.5, 1: 1.5, 2: 3.0}
model = LogisticRegression(C=5.0, class_weight=weights, tol=1e-10, max_iter=10000).fit(x, y)
write_json(GOLDENS / "linear.json", dict(
    versions=dict(sklearn=sklearn.__version__), C=5.0, rows=x.tolist(), labels=y.tolist(), class_weights=list(weights.values()),
    probabilities=model.predict_proba(x).tolist(), coefficients=model.coef_.tolist(),
))
