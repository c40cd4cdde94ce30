"""scikit-learn's TF-IDF of words 1-2 and characters (char_wb) 2-5 with logistic regression, C = 5. Answers {"do":
"train"} and {"do": "predict"} with {"ms"}; first tells its version. Texts and labels stand in a JSON file."""
import json
import sys
import time

import sklearn
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

task = json.load(open(sys.argv[1], encoding="utf-8"))
texts = [text.lower().replace("ё", "е") for text in task["texts"]]
labels = task["labels"]
words = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2), token_pattern=r"\w+")
characters = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(2, 5), analyzer="char_wb")
model = LogisticRegression(C=5, class_weight="balanced", max_iter=1000)
print(json.dumps({"scikit-learn": sklearn.__version__}), flush=True)
for line in sys.stdin:
    started = time.perf_counter()
    if json.loads(line)["do"] == "train":
        model.fit(hstack([v.fit_transform(texts) for v in (words, characters)]).tocsr(), labels)
    else:
        model.predict_proba(hstack([v.transform(texts) for v in (words, characters)]).tocsr())
    print(json.dumps(dict(ms=1000 * (time.perf_counter() - started))), flush=True)
