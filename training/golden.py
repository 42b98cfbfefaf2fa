#!/usr/bin/env python3
"""What transformers computes from the very weights of a GGUF file, for a test to compare: OUT.json and OUT.safetensors.

The ternary values, their scales and the embedding are read back from the file by the gguf package, so that nothing but
the arithmetic differs. OUT.json: {"text", "prompt" tokens of it, "ids" with the greedy continuation, "margins" of the best logit over the second at
each id in standard deviations, "positions"}; OUT.safetensors: "logits" f32 [positions, vocab].
"""
import argparse
import json
import pathlib
import re
import tempfile

import gguf
import numpy
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from export import hf_config, pack

NAMES = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_sub_norm": "self_attn.attn_sub_norm",
         "ffn_sub_norm": "mlp.ffn_sub_norm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
         "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
TEXT = "Once upon a time, there was a small robot named Bix who lived in a"


def read_i2_s(data, rows, cols):
    """Trits [rows, cols] and the scale: 128 values in 32 bytes, highest bits first, then an f32."""
    raw = numpy.frombuffer(data.tobytes(), dtype=numpy.uint8)
    codes = raw[:rows * cols // 4].reshape(-1, 1, 32) >> numpy.array([6, 4, 2, 0], dtype=numpy.uint8).reshape(1, 4, 1) & 3
    return codes.reshape(rows, cols).astype(numpy.int8) - 1, float(raw[rows * cols // 4:rows * cols // 4 + 4].view(numpy.float32)[0])


class GgufFile:
    """I2_S is bitnet.cpp's: the gguf package stops at it, so its reader is told about a type of 32 bytes for 128 values."""

    def __init__(self, path):
        self.path = path
        quantization = gguf.GGMLQuantizationType
        if 36 not in quantization._value2member_map_:
            member = int.__new__(quantization, 36)
            member._name_, member._value_ = "I2_S", 36
            quantization._value2member_map_[36] = member
            gguf.constants.GGML_QUANT_SIZES[member] = (128, 32)
        self.reader = gguf.GGUFReader(path)

    def field(self, key):
        return self.reader.fields[key].contents()

    def weights(self):
        data = {}
        raw = numpy.memmap(self.path, mode="r")
        for tensor in self.reader.tensors:
            shape = [int(size) for size in reversed(tensor.shape)]
            layer = re.match(r"blk\.(\d+)\.(\w+)\.weight", tensor.name)
            name = (f"model.layers.{layer[1]}.{NAMES[layer[2]]}." if layer else
                    {"token_embd.weight": "model.embed_tokens.", "output_norm.weight": "model.norm."}[tensor.name])
            if tensor.tensor_type == 36:
                count = shape[0] * shape[1] // 4 + 4
                trits, scale = read_i2_s(raw[tensor.data_offset:tensor.data_offset + count], *shape)
                data[name + "weight"] = pack(torch.from_numpy(trits))
                data[name + "weight_scale"] = torch.tensor([scale])
            else:
                values = numpy.array(gguf.quants.dequantize(tensor.data, tensor.tensor_type), dtype=numpy.float32)
                data[name + "weight"] = torch.from_numpy(values.reshape(shape))
        return data


def main():
    parser = argparse.ArgumentParser(prog="golden", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", required=True)
    parser.add_argument("--tokenizer", required=True, metavar="FILE.json")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="NAME", help="without .json and .safetensors")
    options = parser.parse_args()
    file = GgufFile(options.gguf)
    key = lambda name: file.field("bitnet-b1.58." + name)
    model = {"vocab": key("vocab_size"), "hidden": key("embedding_length"), "ffn": key("feed_forward_length"),
             "layers": key("block_count"), "heads": key("attention.head_count"), "kv_heads": key("attention.head_count_kv"),
             "context": key("context_length"), "rms_eps": float(key("attention.layer_norm_rms_epsilon")),
             "rope_theta": float(key("rope.freq_base"))}
    with tempfile.TemporaryDirectory() as folder:
        save_file(file.weights(), folder + "/model.safetensors", {"format": "pt"})
        pathlib.Path(folder, "config.json").write_text(json.dumps(hf_config(model, "offline")))
        network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    ids = PreTrainedTokenizerFast(tokenizer_file=options.tokenizer)(TEXT)["input_ids"]
    with torch.no_grad():
        greedy = network.generate(torch.tensor([ids]), max_new_tokens=48, do_sample=False, eos_token_id=model["vocab"] - 1,
                                  pad_token_id=0)[0].tolist()
        logits = network(torch.tensor([greedy])).logits[0].float()
    best = logits.topk(2).values
    margins = ((best[:, 0] - best[:, 1]) / logits.std(dim=-1)).tolist()
    positions = [0, len(ids) - 1, len(ids) + 20, len(greedy) - 1]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save_file({"logits": logits[positions].contiguous()}, options.out.with_suffix(".safetensors"))
    options.out.with_suffix(".json").write_text(json.dumps(
        {"text": TEXT, "prompt": len(ids), "ids": greedy, "margins": [round(margin, 4) for margin in margins],
         "positions": positions}) + "\n")


if __name__ == "__main__":
    main()
