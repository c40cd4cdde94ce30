"""scikit-learn's linear model on the splits of bench/linear.js: TF-IDF of words 1-2 and characters (char_wb) 2-5,
balanced logistic regression with C = 5."""
import json
import sys
import time

import sklearn
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

task = json.load(open(sys.argv[1], encoding="utf-8"))
texts = [text.lower().replace("ё", "е") for text in task["texts"]]
labels = task["labelIds"]
runs = []
for split in task["splits"]:
    pick = lambda rows, source: [source[row] for row in rows]
    train, held = split["train"], split["validation"]
    started = time.time()
    words = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2), token_pattern=r"\w+")
    characters = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(2, 5), analyzer="char_wb")
    x = hstack([v.fit_transform(pick(train, texts)) for v in (words, characters)]).tocsr()
    model = LogisticRegression(C=5, class_weight="balanced", max_iter=1000).fit(x, pick(train, labels))
    seconds = time.time() - started
    predicted = model.predict(hstack([v.transform(pick(held, texts)) for v in (words, characters)]).tocsr())
    runs.append(dict(f1=f1_score(pick(held, labels), predicted, average="weighted"), seconds=seconds))
json.dump(dict(version=sklearn.__version__, runs=runs), open(sys.argv[2], "w"))
