"""Proves that a folder written by Otzyv (make_folder.js) loads in Python: AutoTokenizer and
AutoModelForSequenceClassification on goldens/folder give the ids and scores in goldens/folder/expected.json."""
import csv

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from common import GOLDENS, write_json

FOLDER = GOLDENS / "folder"
if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    model = AutoModelForSequenceClassification.from_pretrained(FOLDER).eval()
    with open(GOLDENS.parent / "reviews" / "test.csv", encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)][:40] + ["Ёлка ЁЖИК й", "и\u0306 е\u0308", "", "слово " * 100]
    cases = []
    for text in texts:
        encoded = tokenizer(text, truncation=True, max_length=64, return_tensors="pt")
        with torch.no_grad():
            scores = model(**encoded).logits.softmax(-1)[0]
        cases.append(dict(text=text, ids=encoded["input_ids"][0].tolist(), scores=scores.tolist()))
    write_json(FOLDER / "expected.json", dict(versions=dict(torch=torch.__version__, transformers=transformers.__version__),
                                              labels=[model.config.id2label[i] for i in range(3)], cases=cases))
