"""Proves masked language modelling: a folder of ours (make_masked_lm.js) loads as BertForMaskedLM, with nothing missing
and the output layer tied to the word embeddings, and is trained as transformers' Trainer trains (AdamW with two
parameter groups, linear schedule, clipping), dropout off, on reviews that DataCollatorForLanguageModeling masked.

Writes to goldens/masked-lm/: batches.json (labels are -100 where nothing is asked), gradients.safetensors (of batch 0),
final.safetensors (weights after 20 steps), expected.json.
"""
import csv

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForMaskedLM, AutoTokenizer, DataCollatorForLanguageModeling, get_linear_schedule_with_warmup

from common import GOLDENS, write_json

OUT = GOLDENS / "masked-lm"
BATCHES, TEXTS, LONGEST = 20, 5, 24


def make_model():
    model, loading = AutoModelForMaskedLM.from_pretrained(OUT, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["unexpected_keys"] and not loading["mismatched_keys"], loading
    assert model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight
    return model.eval()


def make_batches():
    tokenizer = AutoTokenizer.from_pretrained(OUT)
    collate = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15, seed=0)
    with open(GOLDENS.parent / "reviews" / "train.csv", encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)][: BATCHES * TEXTS]
    encoded = tokenizer(texts, truncation=True, max_length=LONGEST)
    rows = [{name: encoded[name][i] for name in encoded.keys()} for i in range(len(texts))]
    batches = [collate(rows[at : at + TEXTS]) for at in range(0, len(rows), TEXTS)]
    return [{name: batch[name].tolist() for name in ("input_ids", "attention_mask", "labels")} for batch in batches]


def loss_of(model, batches):
    """As of one batch: the mean over all that is asked for."""
    logits, labels = [], []
    for batch in batches:
        tensors = {name: torch.tensor(rows) for name, rows in batch.items()}
        asked = tensors["labels"] != -100
        logits.append(model(input_ids=tensors["input_ids"], attention_mask=tensors["attention_mask"]).logits[asked])
        labels.append(tensors["labels"][asked])
    return torch.nn.functional.cross_entropy(torch.cat(logits), torch.cat(labels))


def train(batches, accumulation=1):
    model = make_model()
    decays = lambda name: "bias" not in name and "LayerNorm" not in name
    named = list(model.named_parameters())
    optimizer = torch.optim.AdamW(
        [
            dict(params=[p for n, p in named if decays(n)], weight_decay=0.01),
            dict(params=[p for n, p in named if not decays(n)], weight_decay=0.0),
        ],
        lr=1e-3, betas=(0.9, 0.999), eps=1e-8,
    )
    steps = len(batches) // accumulation
    schedule = get_linear_schedule_with_warmup(optimizer, 0, steps)
    log = []
    for step in range(steps):
        loss = loss_of(model, batches[step * accumulation : (step + 1) * accumulation])
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item()
        log.append(dict(loss=loss.item(), grad_norm=norm, learning_rate=schedule.get_last_lr()[0]))
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model, log


if __name__ == "__main__":
    torch.manual_seed(0)
    batches = make_batches()
    write_json(OUT / "batches.json", batches)
    model = make_model()
    first = {name: torch.tensor(rows) for name, rows in batches[0].items()}
    output = model(**first)  # its own loss
    output.loss.backward()
    assert torch.allclose(output.loss, loss_of(model, batches[:1]))
    save_file({n: p.grad.contiguous() for n, p in model.named_parameters()}, OUT / "gradients.safetensors")
    trained, training = train(batches)
    save_file({n: p.detach().contiguous() for n, p in trained.named_parameters()}, OUT / "final.safetensors")
    write_json(OUT / "expected.json", dict(
        versions=dict(torch=torch.__version__, transformers=transformers.__version__),
        logits=output.logits[first["labels"] != -100].tolist(),
        loss=output.loss.item(),
        training=training,
        accumulation=train(batches, accumulation=2)[1],
    ))
