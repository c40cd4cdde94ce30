"""For checking, not a golden: proves that a Hugging Face folder of ours loads in Python, with no code of ours.
Prints one JSON line a row of the CSV: {"label", "scores": {label: probability}}.

  check_folder.py FOLDER REVIEWS.csv      the CSV has a column `text`; texts are cut to 128 tokens
"""
import argparse
import csv
import json

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

BATCH = 32

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("csv")
    parser.add_argument("--max-length", type=int, default=128)
    arguments = parser.parse_args()

    model = AutoModelForSequenceClassification.from_pretrained(arguments.folder, local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(arguments.folder, local_files_only=True)
    labels = [model.config.id2label[i] for i in range(model.config.num_labels)]
    with open(arguments.csv, encoding="utf-8-sig", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    for start in range(0, len(texts), BATCH):
        inputs = tokenizer(texts[start : start + BATCH], truncation=True, max_length=arguments.max_length, padding=True,
                           return_tensors="pt")
        with torch.no_grad():
            probabilities = model(**inputs).logits.softmax(-1).tolist()
        for scores in probabilities:
            best = max(range(len(labels)), key=scores.__getitem__)
            print(json.dumps(dict(label=labels[best], scores=dict(zip(labels, scores))), ensure_ascii=False))
