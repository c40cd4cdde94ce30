"""scikit-learn's linear model from file to file, each time a process of its own:
  linear_cli.py train REVIEWS.csv MODEL         TF-IDF of words 1-2 and characters (char_wb) 2-5, C = 5
  linear_cli.py predict MODEL INPUT.csv OUTPUT.csv
  linear_cli.py versions
Rows are answered in blocks: a million rows of features at once would not fit into most memories."""
import csv
import itertools
import pickle
import sys

import sklearn
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

BLOCK = 4096


def normalized(texts):
    return [text.lower().replace("ё", "е") for text in texts]


def train(reviews, path):
    with open(reviews, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = normalized(row["text"] for row in rows)
    words = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2), token_pattern=r"\w+")
    characters = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(2, 5), analyzer="char_wb")
    features = hstack([v.fit_transform(texts) for v in (words, characters)]).tocsr()
    model = LogisticRegression(C=5, class_weight="balanced", max_iter=1000)
    model.fit(features, [row["label"] for row in rows])
    with open(path, "wb") as file:
        pickle.dump((words, characters, model), file)


def predict(path, source, target):
    with open(path, "rb") as file:
        words, characters, model = pickle.load(file)
    with open(source, encoding="utf-8", newline="") as read, open(target, "w", encoding="utf-8", newline="") as write:
        rows = csv.reader(read)
        header = next(rows)
        text = header.index("text")
        out = csv.writer(write)
        out.writerow([*header, "label", "confidence"])
        while block := list(itertools.islice(rows, BLOCK)):
            texts = normalized(row[text] for row in block)
            scores = model.predict_proba(hstack([v.transform(texts) for v in (words, characters)]).tocsr())
            best = scores.argmax(axis=1)
            out.writerows(
                [*row, model.classes_[label], f"{score[label]:.6f}"] for row, label, score in zip(block, best, scores)
            )


if sys.argv[1] == "versions":
    print(sklearn.__version__)
else:
    {"train": train, "predict": predict}[sys.argv[1]](*sys.argv[2:])
