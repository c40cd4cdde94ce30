"""Proves the reader of pytorch_model.bin on a whole BERT, as hubs hold them: BertForPreTraining, whose decoder is tied
to the word embeddings, with a float16, a bfloat16 and a transposed tensor and the old buffer of positions.
Writes goldens/torch/bert/: config.json, zip/pytorch_model.bin, legacy/pytorch_model.bin, and the same values as
float32 in model.safetensors (floats only, the tied ones twice).
"""
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForPreTraining

from common import GOLDENS

OUT = GOLDENS / "torch" / "bert"
EMBEDDINGS, DECODER = "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"

if __name__ == "__main__":
    torch.manual_seed(6)
    config = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
                        max_position_embeddings=12, architectures=["BertForPreTraining"])
    model = BertForPreTraining(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.1)
    state = model.state_dict()
    assert state[EMBEDDINGS].data_ptr() == state[DECODER].data_ptr()
    state["bert.embeddings.position_ids"] = torch.arange(12)[None]
    state["bert.pooler.dense.weight"] = state["bert.pooler.dense.weight"].half()
    layer = "bert.encoder.layer.0."
    state[layer + "intermediate.dense.weight"] = state[layer + "intermediate.dense.weight"].bfloat16()
    transposed = state[layer + "output.dense.weight"].t().contiguous().t()
    assert not transposed.is_contiguous()
    state[layer + "output.dense.weight"] = transposed

    for folder in ("zip", "legacy"):
        (OUT / folder).mkdir(parents=True, exist_ok=True)
    config.save_pretrained(OUT)
    torch.save(state, OUT / "zip" / "pytorch_model.bin")
    torch.save(state, OUT / "legacy" / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    floats = {name: tensor.float().contiguous().clone() for name, tensor in state.items() if tensor.is_floating_point()}
    save_file(floats, OUT / "model.safetensors")
