"""Proves the linear model's features: vocabulary, idf and vectors of scikit-learn's TfidfVectorizer, by words and by
characters within words. All words are ones that our stemmer leaves alone. Writes goldens/tfidf.json."""
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

from common import GOLDENS, write_json

TEXTS = [
    "Чайник гудит, шнур цел", "чайник не тот, жду возврат", "Чехол треснул за час!", "чехол в пору, цвет тот",
    "Размер в размер, цвет как тут", "размер не тот :(", "Кот спит тут, кот рад 😀", "Пёс рад, кот нет",
    "Wi-Fi адаптер: работает, заряд OK", "адаптер Wi-Fi не ловит", "USB-C шнур, заряд 5 W", "usb шнур рвётся, брак",
    "Курьер опоздал на час", "курьер забыл чек", "Чек тот, товар нет", "Товар ок 👍🏽 ок", "товар брак, жду возврат",
    "брак, брак и брак", "Зонт от дождя не спасает", "зонт сух, чехол мокр", "Свитер колет, цвет блёклый",
    "свитер тёплый, размер M", "Рюкзак XL, шов крив", "рюкзак без 2 карманов", "Шов цел, рюкзак рад носит", "OK, 5 из 5 😀",
    "всё ок", "нет", "№1!", "",
]
# with words that repeat, words that are new, and nothing at all
OTHERS = ["брак брак брак, чек чек и Чайник", "рад, рад 😀😀 в в ЦВЕТ usb-c", "Wi-Fi зонт 5 5 звёзд ок", "ъъ", ""]


def channel(analyzer, ngram_range):
    vectorizer = TfidfVectorizer(
        analyzer=analyzer, ngram_range=ngram_range, min_df=2, sublinear_tf=True,
        token_pattern=r"\w{2,}" if analyzer == "word" else None, preprocessor=lambda text: text.lower().replace("ё", "е"))
    vectorizer.fit(TEXTS)
    features = vectorizer.get_feature_names_out()
    vectors = vectorizer.transform(OTHERS).toarray().tolist()
    return dict(
        ngram_range=ngram_range, idf=dict(zip(features, vectorizer.idf_.tolist())),
        vectors=[{feature: value for feature, value in zip(features, row) if value != 0} for row in vectors])


write_json(GOLDENS / "tfidf.json", dict(
    versions=dict(sklearn=sklearn.__version__), texts=TEXTS, others=OTHERS,
    words=channel("word", (1, 2)), characters=channel("char_wb", (2, 4)),
))
