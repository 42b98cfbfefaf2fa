#!/usr/bin/env python3
"""SmolLM2's logits and perplexity beside llama.cpp's, an independent implementation.

Usage: smollm2_peer.py BITNET [--perplexity]
The model is what BITNET_SMOLLM2 names, or what scripts/fetch-smollm2 fetched.
Exit status 0 when they agree, 1 when not, 77 (skipped) where the model or the package llama-cpp-python is absent:
    python3 -m venv build/venv && build/venv/bin/pip install llama-cpp-python numpy
"""
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

SKIP = 77
PROMPTS = [
    "The capital of France is",
    "<|im_start|>user\nName three colours.<|im_end|>\n<|im_start|>assistant\n",
    "In 1969, people first walked on the Moon. Since then,",
    "def fibonacci(n):\n    if n < 2:\n        return n\n    return",
]
# llama.cpp multiplies Q4_1 weights with activations rounded to 8 bits a block; ours stay float.
LOGITS_NMSE = 5e-3
PERPLEXITY_RATIO = 0.005
WINDOW = 512


def read_logits(path):
    raw = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + size])["logits"]
    begin, end = (8 + size + offset for offset in header["data_offsets"])
    return numpy.frombuffer(raw[begin:end], dtype="<f4").reshape(header["shape"])


def model_path():
    fetched = pathlib.Path(__file__).parents[2] / "build/models/SmolLM2-135M-Instruct.Q4_1.gguf"
    return os.environ.get("BITNET_SMOLLM2") or str(fetched)


def english_text():
    folder = pathlib.Path("/usr/share/common-licenses")
    names = ["GPL-3", "GPL-2", "LGPL-2.1", "Apache-2.0", "Artistic", "MPL-1.1"]
    return "\n".join((folder / name).read_text() for name in names if (folder / name).exists())


def peer_perplexity(model, tokens):
    """llama.cpp's default way: windows without overlap, the second half of each scored."""
    total, count = 0.0, 0
    for start in range(0, len(tokens) - WINDOW + 1, WINDOW):
        window = tokens[start : start + WINDOW]
        model.reset()
        model.eval(window)
        scores = numpy.asarray(model.scores[:WINDOW], dtype=numpy.float64)
        for position in range(WINDOW // 2, WINDOW - 1):
            row = scores[position]
            peak = row.max()
            total += peak + math.log(numpy.exp(row - peak).sum()) - row[window[position + 1]]
            count += 1
    return math.exp(total / count)


def main():
    bitnet, path = sys.argv[1], model_path()
    model = llama_cpp.Llama(path, n_ctx=WINDOW, n_batch=WINDOW, n_threads=2, logits_all=True, verbose=False)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for prompt in PROMPTS:
            ids = model.tokenize(prompt.encode(), add_bos=False, special=True)
            ours = json.loads(subprocess.run([bitnet, "tokenize", "-m", path, "--json", prompt], check=True, capture_output=True).stdout)["ids"]
            if ours != ids:
                print(f"ids differ for {prompt!r}: {ours} and {ids}")
                failed = True
            out = pathlib.Path(folder) / "logits.safetensors"
            subprocess.run([bitnet, "logits", "-m", path, "--ids", ",".join(map(str, ids)), "--out", out], check=True)
            model.reset()
            model.eval(ids)
            want = numpy.asarray(model.scores[: len(ids)], dtype=numpy.float64)
            got = read_logits(out).astype(numpy.float64)
            error = ((got - want) ** 2).sum() / (want**2).sum()
            agree = (got.argmax(1) == want.argmax(1)).mean()
            print(f"{prompt[:30]!r}: NMSE {error:.2e}, same argmax at {agree:.0%} of {len(ids)} positions")
            failed |= not error <= LOGITS_NMSE
        if "--perplexity" in sys.argv:
            text = pathlib.Path(folder) / "text.txt"
            text.write_text(english_text())
            tokens = model.tokenize(text.read_bytes(), add_bos=False, special=False)
            want = peer_perplexity(model, tokens)
            run = subprocess.run([bitnet, "perplexity", "-m", path, "-f", text, "-c", str(WINDOW), "--json"], check=True, capture_output=True)
            got = json.loads(run.stdout)["perplexity"]
            print(f"perplexity of {text.stat().st_size} bytes: {got:.4f}, llama.cpp {want:.4f}")
            failed |= not abs(got / want - 1) <= PERPLEXITY_RATIO
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        import llama_cpp
        import numpy
    except ImportError as missing:
        print(f"skipped: {missing} (pip install llama-cpp-python numpy)")
        sys.exit(SKIP)
    if not pathlib.Path(model_path()).exists():
        print(f"skipped: no {model_path()} (run scripts/fetch-smollm2)")
        sys.exit(SKIP)
    sys.exit(main())
