#!/usr/bin/env python3
"""What `bitnet convert` writes, read by other programs: the package gguf of PyPI and llama.cpp.

Usage: convert_peer.py BITNET [REFERENCE_DIR]
REFERENCE_DIR holds hf-bitnet/ (checkpoints, logits of transformers) and gguf/.
Exit status 0 when all values agree, 1 when not, 77 (skipped) where a package or the folder is absent:
    python3 -m venv build/venv && build/venv/bin/pip install numpy safetensors gguf llama-cpp-python
"""
import json
import pathlib
import subprocess
import sys
import tempfile

SKIP = 77
I2_S = 36
LINEARS = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
           "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
           "ffn_down": "mlp.down_proj"}


def skip(why):
    print(f"convert_peer: skipped: {why}")
    sys.exit(SKIP)


try:
    import gguf
    import numpy
    from safetensors.numpy import load_file
except ImportError as error:
    skip(f"{error}; pip install numpy safetensors gguf llama-cpp-python")


def bitnet(*arguments):
    result = subprocess.run([BITNET, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"convert_peer: bitnet {' '.join(map(str, arguments))}: {result.stderr}")


def bf16(raw):
    return (raw.astype(numpy.uint32) << 16).view(numpy.float32)


def read_checkpoint(folder):
    """The safetensors of a checkpoint; BF16 becomes float32."""
    raw = (folder / "model.safetensors").read_bytes()
    size = int.from_bytes(raw[:8], "little")
    tensors = {}
    for name, entry in json.loads(raw[8:8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        data = raw[8 + size + begin:8 + size + end]
        kind = {"F32": "<f4", "BF16": "<u2", "F16": "<f2", "U8": "u1"}[entry["dtype"]]
        values = numpy.frombuffer(data, kind).reshape(entry["shape"])
        tensors[name] = bf16(values) if entry["dtype"] == "BF16" else values
    return tensors


def ternary(tensors, name, config):
    """A packed linear's trits [rows, cols] and what multiplies them: `bitlinear` stores its inverse."""
    packed = tensors[name + ".weight"]
    rows = [(packed >> 2 * i & 3).astype(numpy.int8) - 1 for i in range(4)]
    scale = numpy.float32(tensors[name + ".weight_scale"].reshape(-1)[0])
    if config["quantization_config"]["linear_class"] == "bitlinear":
        scale = numpy.float32(1) / scale
    return numpy.concatenate(rows), scale


def interleave(weight, heads):
    """Rows of q and k as llama.cpp has them in its architecture llama."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def i2_s(data, count):
    """128 values in 32 bytes, four planes from the highest bits; an f32 scale behind all of them."""
    codes = data[:count // 4].reshape(-1, 32)
    planes = numpy.stack([codes >> shift & 3 for shift in (6, 4, 2, 0)], axis=1)
    scale = numpy.frombuffer(data[count // 4:count // 4 + 4].tobytes(), "<f4")[0]
    return (planes.reshape(-1).astype(numpy.float32) - 1) * scale


def values_of(tensor):
    return gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(-1)


class Checks:
    def __init__(self):
        self.values = self.tensors = 0

    def close(self, what, got, want, relative):
        got, want = got.reshape(-1), want.reshape(-1)
        if got.shape != want.shape or not (numpy.abs(got - want) <= relative * numpy.abs(want) + 2 ** -24).all():
            sys.exit(f"convert_peer: {what}: the values differ")
        self.values += got.size
        self.tensors += 1


def check_gguf(path, source, config, type_name, checks):
    """Every tensor that we wrote, by the package's own reader and formulas."""
    reader = gguf.GGUFReader(path)
    architecture = bytes(reader.fields["general.architecture"].parts[-1]).decode()
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    # How far a scale that is kept as f16 may be off.
    rounding = {"TQ1_0": 2 ** -11, "TQ2_0": 2 ** -11, "F16": 2 ** -11, "BF16": 2 ** -8, "Q8_0": 2 ** -10, "F32": 0}[type_name]
    seen = set()
    for tensor in reader.tensors:
        seen.add(tensor.name)
        parts = tensor.name.split(".")
        if parts[0] == "blk" and parts[2] in LINEARS:
            trits, scale = ternary(source, f"model.layers.{parts[1]}.{LINEARS[parts[2]]}", config)
            if architecture == "llama" and parts[2] in heads:
                trits = interleave(trits, heads[parts[2]])
            if list(reversed(tensor.shape.tolist())) != list(trits.shape):
                sys.exit(f"convert_peer: {path.name}: {tensor.name} has the shape {tensor.shape}")
            if tensor.tensor_type.name != type_name:
                sys.exit(f"convert_peer: {path.name}: {tensor.name} is {tensor.tensor_type.name}, not {type_name}")
            checks.close(f"{path.name}: {tensor.name}", values_of(tensor), trits.astype(numpy.float32) * scale, rounding)
        elif tensor.name == "token_embd.weight":
            checks.close(f"{path.name}: {tensor.name}", values_of(tensor), source["model.embed_tokens.weight"], 2 ** -11)
        elif tensor.name == "output_norm.weight":
            checks.close(f"{path.name}: {tensor.name}", values_of(tensor), source["model.norm.weight"], 0)
    if len([name for name in seen if name.startswith("blk.")]) < 14:
        sys.exit(f"convert_peer: {path.name}: only {sorted(seen)}")


def check_i2_s(path, source, config, checks):
    """The package does not know I2_S (bitnet.cpp's): the bytes are found by our listing and read by i2_s() above."""
    data = path.read_bytes()
    listing = json.loads(subprocess.run([BITNET, "inspect", str(path), "--tensors", "--json"], capture_output=True,
                                        text=True, check=True).stdout)["tensors"]
    padded = [(entry["bytes"] + 31) // 32 * 32 for entry in listing]
    begin = len(data) - sum(padded)
    for entry, size in zip(listing, padded):
        parts = entry["name"].split(".")
        if entry["type"] == "i2_s":
            trits, scale = ternary(source, f"model.layers.{parts[1]}.{LINEARS[parts[2]]}", config)
            if config["model_type"] == "llama" and parts[2] in ("attn_q", "attn_k"):
                heads = "num_attention_heads" if parts[2] == "attn_q" else "num_key_value_heads"
                trits = interleave(trits, config[heads])
            bytes_ = numpy.frombuffer(data[begin:begin + entry["bytes"]], "u1")
            checks.close(f"{path.name}: {entry['name']}", i2_s(bytes_, trits.size), trits.astype(numpy.float32) * scale, 0)
        begin += size


def check_llama_cpp(path, expected, checks, tolerance):
    try:
        import llama_cpp
    except ImportError:
        print("convert_peer: llama-cpp-python is absent: logits were not compared")
        return
    model = llama_cpp.Llama(str(path), n_ctx=64, logits_all=True, verbose=False)
    for index, prompt in enumerate(expected["prompts"]):
        ids = prompt["ids"] if isinstance(prompt, dict) else prompt
        model.reset()
        model.eval(ids)
        got = numpy.asarray(model.scores[:len(ids)], dtype=numpy.float64)
        want = expected["logits"][f"prompt_{index}"].astype(numpy.float64)
        error = ((got - want) ** 2).sum() / (want ** 2).sum()
        if not error <= tolerance:
            sys.exit(f"convert_peer: {path.name}: llama.cpp's logits of prompt {index} differ by {error:.2e} (NMSE)")
        checks.values += got.size


def main(reference):
    checks = Checks()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for model in ("bitnet-k256", "llama-k256"):
            folder = reference / "hf-bitnet" / model
            config = json.loads((folder / "config.json").read_text())
            source = read_checkpoint(folder)
            for type_name in ("F16", "BF16", "F32", "Q8_0", "TQ1_0", "TQ2_0"):
                out = scratch / f"{model}-{type_name}.gguf"
                bitnet("convert", folder, out, "--type", type_name.lower())
                check_gguf(out, source, config, type_name, checks)
            for head in ("q8_0", "q6_k", "bf16"):
                out = scratch / f"{model}-{head}.gguf"
                bitnet("convert", folder, out, "--type", "tq2_0", "--head", head)
                embedding = next(t for t in gguf.GGUFReader(out).tensors if t.name == "token_embd.weight")
                want = source["model.embed_tokens.weight"].reshape(-1)
                error = ((values_of(embedding) - want) ** 2).sum() / (want ** 2).sum()
                if not error <= {"q8_0": 1e-4, "q6_k": 1e-3, "bf16": 1e-5}[head]:
                    sys.exit(f"convert_peer: {out.name}: the embedding is off by {error:.2e} (NMSE)")
            out = scratch / f"{model}-I2_S.gguf"
            bitnet("convert", folder, out)
            check_i2_s(out, source, config, checks)

            # And back: the directory that comes of the file holds the checkpoint's codes and scales.
            directory = scratch / f"{model}-again"
            bitnet("convert", out, directory)
            again, written = read_checkpoint(directory), json.loads((directory / "config.json").read_text())
            for layer in range(config["num_hidden_layers"]):
                for linear in LINEARS.values():
                    name = f"model.layers.{layer}.{linear}"
                    (trits, scale), (want, want_scale) = ternary(again, name, written), ternary(source, name, config)
                    if not (trits == want).all() or numpy.float32(scale) != numpy.float32(want_scale):
                        sys.exit(f"convert_peer: {directory.name}: {name} is not what it was")
                    checks.values += trits.size
        expected = json.loads((reference / "hf-bitnet/llama-k256/expected.json").read_text())
        expected["logits"] = load_file(reference / "hf-bitnet/llama-k256/logits.safetensors")
        for type_name, tolerance in (("TQ1_0", 1e-3), ("TQ2_0", 1e-3), ("F16", 2e-3)):
            check_llama_cpp(scratch / f"llama-k256-{type_name}.gguf", expected, checks, tolerance)
    print(f"convert_peer: {checks.values} values agree, {checks.tensors} tensors read by the package gguf")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    BITNET = sys.argv[1]
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else
                          pathlib.Path(__file__).resolve().parents[3] / "shared/reference")
    if not (folder / "hf-bitnet").exists():
        skip(f"there is no {folder}/hf-bitnet")
    main(folder)
