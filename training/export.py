#!/usr/bin/env python3
"""Writes a trained checkpoint as Hugging Face directories that transformers and bitnet load with equal logits.

OUT/masters: bf16 masters, quantized when they are loaded (autobitlinear, online; plain bf16 for a model trained so).
OUT/packed: the same weights packed, four a byte (autobitlinear, offline). Scales are those of the rounded masters.
"""
import argparse
import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import save_file

import corpus
import tokens


def pack(codes):
    """[rows, cols] of {-1, 0, +1} -> uint8 [rows / 4, cols]: bits 2i of row r hold row r + i * rows / 4, plus 1."""
    quarters = (codes.to(torch.int16) + 1).chunk(4)
    return sum(part << (2 * i) for i, part in enumerate(quarters)).to(torch.uint8)


def quantize(weight):
    """Codes and scale as transformers' WeightQuant makes them of masters, to the bit where the mean is summed in double, as
    bitnet does."""
    inverse = 1.0 / weight.double().abs().mean().float().clamp(min=1e-5)
    return (weight * inverse).round().clamp(-1, 1), 1.0 / inverse


def is_linear(name):
    return name.endswith("_proj.weight")


def hf_config(model, mode):
    config = {
        "architectures": ["BitNetForCausalLM"], "model_type": "bitnet", "hidden_act": "relu2", "dtype": "float32",
        "vocab_size": model["vocab"], "hidden_size": model["hidden"], "intermediate_size": model["ffn"],
        "num_hidden_layers": model["layers"], "num_attention_heads": model["heads"],
        "num_key_value_heads": model["kv_heads"], "max_position_embeddings": model["context"],
        "rms_norm_eps": model["rms_eps"], "rope_parameters": {"rope_type": "default", "rope_theta": model["rope_theta"]},
        "attention_bias": False, "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 2}
    if mode is not None:
        config["quantization_config"] = {"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": mode}
    return config


def write_directory(out, weights, config, tokenizer):
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    save_file({name: weight.contiguous() for name, weight in weights.items()}, part / "model.safetensors", {"format": "pt"})
    (part / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (part / "generation_config.json").write_text(json.dumps({"bos_token_id": 0, "eos_token_id": 2}) + "\n")
    shutil.copy(tokenizer, part / "tokenizer.json")
    (part / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": tokens.BEGIN, "eos_token": tokens.END,
         "model_max_length": config["max_position_embeddings"], "clean_up_tokenization_spaces": False,
         "chat_template": tokens.CHAT_TEMPLATE}, indent=1) + "\n")
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)


def export(checkpoint, tokenizer, out):
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = state["recipe"]["model"]
    masters = {name: weight.to(torch.bfloat16) for name, weight in state["model"].items()}
    write_directory(out / "masters", masters, hf_config(model, "online" if model["ternary"] else None), tokenizer)
    if not model["ternary"]:
        return
    packed = {}
    for name, weight in masters.items():
        if is_linear(name):
            codes, scale = quantize(weight.float())
            packed[name] = pack(codes)
            packed[name.removesuffix("weight") + "weight_scale"] = scale.reshape(1)
        else:
            packed[name] = weight.float()  # transformers 5.23 keeps these as stored, beside linears in the config's float32
    write_directory(out / "packed", packed, hf_config(model, "offline"), tokenizer)


def main(arguments):
    parser = argparse.ArgumentParser(prog="export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=pathlib.Path, required=True, metavar="FILE.pt", help="train.py's")
    parser.add_argument("--tokenizer", type=pathlib.Path, required=True, metavar="FILE.json", help="tokens.py's")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    for path in (options.checkpoint, options.tokenizer):
        if not path.is_file():
            sys.exit(f"export: {path}: no such file")
    try:
        export(options.checkpoint, options.tokenizer, options.out)
    except (corpus.BadInput, OSError) as error:
        sys.exit(f"export: {error}")
    print(f"written: {options.out / 'masters'}, {options.out / 'packed'}")


if __name__ == "__main__":
    main(sys.argv[1:])
