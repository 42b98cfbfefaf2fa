#!/usr/bin/env python3
"""What `bitnet convert` writes, read by other programs.

Usage: convert_peer.py BITNET [REFERENCE_DIR]
Of every model below REFERENCE_DIR [../shared/reference beside the project] and every type:
  - the PyPI package gguf reads each tensor with the values of the source, to the type's rounding, and the metadata;
  - llama-cpp-python, where it is installed, runs the llama models and gives their expected logits;
  - the package safetensors reads the Hugging Face directory made of a GGUF file with the checkpoint's codes and
    scales, and a GGUF file made of that directory has the tensors' bytes again.
Exit status 0 when all agrees, 1 when not, 77 (skipped) where packages or models are absent:
    python3 -m venv build/venv && build/venv/bin/pip install numpy safetensors gguf llama-cpp-python
"""
import json
import lzma
import pathlib
import subprocess
import sys
import tempfile
import typing

SKIP = 77
I2_S = 36  # bitnet.cpp's id, which the package gguf does not know
FILE_TYPES = {"i2_s": 40, "tq1_0": 36, "tq2_0": 37, "f16": 1, "bf16": 32, "f32": 0, "q8_0": 7}
BLOCKS = {"tq1_0": 256, "tq2_0": 256, "q8_0": 32}
# Normalized mean squared errors of logits (REFERENCE_DIR/gguf/README.md). llama.cpp does not round activations as the
# model was trained, and rounds them to 8 bits a block where weights are TQ or Q8_0.
LOGITS = {"tq1_0": 1e-3, "tq2_0": 1e-3, "f16": 2e-3, "f32": 2e-3, "q8_0": 1e-3}
LOGITS_HEAD = {"q8_0": 2e-3, "q6_k": 5e-3}
LINEARS = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
           "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
           "mlp.down_proj": "ffn_down"}
NORMS = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
         "self_attn.attn_sub_norm": "attn_sub_norm", "mlp.ffn_sub_norm": "ffn_sub_norm"}
GLOBALS = {"model.embed_tokens": "token_embd", "lm_head": "output", "model.norm": "output_norm"}

failures = []
totals = {"files": 0, "tensors": 0, "values": 0, "keys": 0, "refusals": 0, "runs": 0, "middles": 0}


def check(holds, what):
    if not holds:
        failures.append(what)
        print(f"  FAILED: {what}", flush=True)


class Weight(typing.NamedTuple):
    values: object  # float32; of ternary ones the codes times the scale
    codes: object = None  # int8 where it is ternary
    scale: object = None  # float32


def ternary(codes, scale):
    return Weight(codes * scale, codes, scale)


# ---- Reading -------------------------------------------------------------------------------------------------------


def read_safetensors(path):
    """Arrays as they are stored; BF16, which NumPy has not, as float32."""
    kinds = {"U8": "u1", "F16": "<f2", "F32": "<f4"}
    tensors = {}
    for name, tensor in safetensors.deserialize(path.read_bytes()):
        data = bytes(tensor["data"])
        if tensor["dtype"] == "BF16":
            array = (numpy.frombuffer(data, "<u2").astype("u4") << 16).view("f4")
        else:
            array = numpy.frombuffer(data, kinds[tensor["dtype"]])
        tensors[name] = array.reshape(tensor["shape"])
    return tensors


def unpack_rows(packed):
    """Byte row r holds rows r, r + R/4, r + R/2 and r + 3R/4 (FACTS 5.7)."""
    return numpy.concatenate([((packed >> shift) & 3).astype("i1") - 1 for shift in (0, 2, 4, 6)])


def interleave(rows, heads):
    """The order of rows that llama.cpp wants of q and k in the architecture llama."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(rows.shape)


def gguf_name(name):
    """GGUF's name of a Hugging Face tensor, without ".weight"."""
    if name in GLOBALS:
        return GLOBALS[name]
    _, _, layer, part = name.split(".", 3)
    return f"blk.{layer}." + (LINEARS.get(part) or NORMS[part])


class Checkpoint:
    """A Hugging Face directory, its weights by GGUF's names and in GGUF's order."""

    def __init__(self, path):
        self.path, self.name = path, path.name
        self.config = json.loads((path / "config.json").read_text())
        self.tensors = read_safetensors(path / "model.safetensors")
        self.exact = self.config["quantization_config"]["quantization_mode"] == "offline"
        self.weights, self.linears = {}, {}
        for key, array in self.tensors.items():
            name, _, last = key.rpartition(".")
            if last != "weight":
                continue
            to = gguf_name(name)
            if to.split(".")[-1] in LINEARS.values():
                self.linears[to] = weight = self.linear(name, array)
                heads = {"attn_q": "num_attention_heads", "attn_k": "num_key_value_heads"}.get(to.split(".")[-1])
                if heads and self.architecture == "llama":
                    weight = ternary(interleave(weight.codes, self.config[heads]), weight.scale)
                self.weights[to + ".weight"] = weight
            else:
                self.weights[to + ".weight"] = Weight(array.astype("f4"))

    @property
    def architecture(self):
        return {"bitnet": "bitnet-b1.58", "llama": "llama"}[self.config["model_type"]]

    def linear(self, name, array):
        """Codes, and the scale that multiplies them."""
        if array.dtype == numpy.uint8:
            scale = self.tensors[name + ".weight_scale"].astype("f4")[0]
            inverse = self.config["quantization_config"]["linear_class"] == "bitlinear"
            return ternary(unpack_rows(array), numpy.float32(1) / scale if inverse else scale)
        mean = max(numpy.abs(array).mean(dtype="f8"), 1e-5)
        return ternary(numpy.clip(numpy.rint(array / mean), -1, 1).astype("i1"), numpy.float32(mean))

    def metadata(self):
        c, prefix = self.config, self.architecture
        return {"general.architecture": prefix, "general.quantization_version": 2,
                f"{prefix}.vocab_size": c["vocab_size"], f"{prefix}.context_length": c["max_position_embeddings"],
                f"{prefix}.embedding_length": c["hidden_size"], f"{prefix}.block_count": c["num_hidden_layers"],
                f"{prefix}.feed_forward_length": c["intermediate_size"],
                f"{prefix}.attention.head_count": c["num_attention_heads"],
                f"{prefix}.attention.head_count_kv": c["num_key_value_heads"],
                f"{prefix}.attention.layer_norm_rms_epsilon": float(numpy.float32(c["rms_norm_eps"])),
                f"{prefix}.rope.freq_base": c["rope_parameters"]["rope_theta"],
                f"{prefix}.rope.dimension_count": c["hidden_size"] // c["num_attention_heads"],
                "tokenizer.ggml.model": "none", "tokenizer.ggml.bos_token_id": c["bos_token_id"],
                "tokenizer.ggml.eos_token_id": c["eos_token_id"]}

    def expected_logits(self):
        prompts = json.loads((self.path / "expected.json").read_text())["prompts"]
        logits = read_safetensors(self.path / "logits.safetensors")
        return [(ids, logits[f"prompt_{i}"].astype("f8")) for i, ids in enumerate(prompts)]


class Tensor(typing.NamedTuple):
    type: str
    bytes: object
    values: object  # float32, rows times columns
    scale: object = None  # of I2_S


def decode_i2_s(data, shape):
    """FACTS 5.1: blocks of 128 codes in 32 bytes, the first quarter of a block highest; then a float."""
    count = int(numpy.prod(shape))
    blocks = data[: count // 4].reshape(-1, 1, 32)
    codes = (blocks >> numpy.array([6, 4, 2, 0], "u1").reshape(1, 4, 1)) & 3
    assert data.size == count // 4 + 32 and (codes < 3).all(), "an I2_S tensor of another size, or with codes of 3"
    scale = data[count // 4 : count // 4 + 4].view("<f4")[0]
    return (codes.astype("i1") - 1).reshape(shape) * scale, scale


def read_gguf(path):
    """(metadata, tensors), by the package gguf but for I2_S's values."""

    class Reader(gguf.GGUFReader):
        def _build_tensors(self, start, fields):
            self.i2_s = {}
            known = []
            for field in fields:
                _, name, _, dims, kind, offset = field.parts
                if kind[0] != I2_S:
                    known.append(field)
                    continue
                shape = tuple(reversed(dims.tolist()))
                size = int(numpy.prod(shape)) // 4 + 32
                self.i2_s[bytes(name).decode()] = self._get(int(start + offset[0]), numpy.uint8, size), shape
            super()._build_tensors(start, known)

    reader = Reader(path)
    tensors = {name: Tensor("i2_s", data, *decode_i2_s(data, shape)) for name, (data, shape) in reader.i2_s.items()}
    for t in reader.tensors:
        values = gguf.quants.dequantize(t.data, t.tensor_type).astype("f4")
        shape = tuple(reversed(t.shape.tolist()))
        tensors[t.name] = Tensor(t.tensor_type.name.lower(), t.data.reshape(-1).view("u1"), values.reshape(shape))
    return {key: f.contents() for key, f in reader.fields.items() if not key.startswith("GGUF.")}, tensors


def as_weight(tensor):
    """A GGUF tensor as what it is: ternary where it holds -s, 0 and s alone."""
    magnitudes = numpy.unique(numpy.abs(tensor.values[tensor.values != 0])) if tensor.values.ndim == 2 else ()
    if len(magnitudes) != 1:
        return Weight(tensor.values)
    return ternary(numpy.sign(tensor.values).astype("i1"), magnitudes[0])


# ---- What is expected ----------------------------------------------------------------------------------------------


def bf16(values):
    bits = numpy.asarray(values, "f4").view("u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & numpy.uint32(0xFFFF0000)).view("f4")


def f16(values):
    return numpy.asarray(values, "f4").astype("f2").astype("f4")


def stored_scale(kind, scale):
    if kind in ("tq1_0", "tq2_0", "f16"):
        return f16(scale)
    if kind == "q8_0":
        return 127 * f16(scale / numpy.float32(127))
    return bf16(scale) if kind == "bf16" else scale


def same_values(where, tensor, weight, kind, exact):
    """`tensor` holds `weight` as the type `kind` can."""
    check(tensor.type == kind, f"{where}: type {tensor.type}, not {kind}")
    totals["tensors"] += 1
    totals["values"] += weight.values.size
    if tensor.values.shape != weight.values.shape:
        return check(False, f"{where}: shape {tensor.values.shape}, not {weight.values.shape}")
    if weight.codes is not None:
        read = numpy.sign(tensor.values).astype("i1")
        check((read == weight.codes).all(), f"{where}: {(read != weight.codes).sum()} codes differ")
        want = weight.codes * stored_scale(kind, weight.scale)
        if exact:
            check((tensor.values == want).all(), f"{where}: scale {abs(tensor.values).max()}, not {abs(want).max()}")
        else:  # the scale is a mean, whose last bits depend on the order of a sum
            step = {"f16": 2**-10, "tq1_0": 2**-10, "tq2_0": 2**-10, "q8_0": 2**-10, "bf16": 2**-7}.get(kind, 1e-6)
            check((abs(tensor.values - want) <= step * abs(want)).all(), f"{where}: the scale differs")
    elif kind == "q6_k":  # which the package does not write: half a step of its 63, and the scales' rounding
        blocks = weight.values.reshape(-1, 16, 16)
        near = abs(blocks).max(axis=2, keepdims=True)
        bound = near * (0.5 / 31 + 2**-9) + near.max(axis=1, keepdims=True) / 31 / 127 + 2**-18
        error = abs(tensor.values.reshape(blocks.shape) - blocks)
        check((error <= bound).all(), f"{where}: {(error > bound).sum()} values are off by more than half a step")
    else:
        rounded = {"f16": f16, "bf16": bf16, "f32": lambda v: v}.get(kind)
        if rounded is None:
            return same_q8_0(where, tensor, weight.values)
        check((tensor.values == rounded(weight.values)).all(), f"{where}: values differ")


def same_q8_0(where, tensor, values):
    """The package's bytes; a value in the middle between two codes, which it moves away from 0, may have either."""
    quantized = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0).reshape(-1, 34)
    blocks, values = tensor.bytes.reshape(-1, 34), values.reshape(-1, 32)
    largest = numpy.maximum(abs(values).max(axis=1, keepdims=True), 1e-30)
    middle = abs(abs(values * 127.0 / largest) % 1 - 0.5) < 1e-5
    ours, theirs = (b[:, 2:].view("i1").astype(int) for b in (blocks, quantized))
    good = (ours == theirs) | (middle & (abs(ours - theirs) == 1))
    totals["middles"] += int((ours != theirs).sum())
    check((blocks[:, :2] == quantized[:, :2]).all() and good.all(), f"{where}: other bytes than the package's q8_0")


def same_keys(where, metadata, want):
    for key, value in want.items():
        totals["keys"] += 1
        check(key in metadata and metadata[key] == value,
              f"{where}: {key} is {metadata.get(key)!r:.80}, not {value!r:.80}")


# ---- Converting ----------------------------------------------------------------------------------------------------


def convert(bitnet, source, out, *options):
    """None, or what it says where it refuses."""
    run = subprocess.run([bitnet, "convert", source, out, *options], capture_output=True, text=True)
    if run.returncode == 0:
        totals["files"] += 1
        return None
    check(run.returncode in (1, 2) and not out.exists(), f"{out.name}: status {run.returncode} or something is left")
    return run.stderr.strip().splitlines()[-1]


def check_file(label, path, weights, kind, metadata, head="f16", exact=True):
    """`head`: the type of embedding and head, or each one's."""
    found, tensors = read_gguf(path)
    check(tensors.keys() == weights.keys(), f"{label}: tensors {sorted(tensors.keys() ^ weights.keys())}")
    same_keys(label, found, metadata | {"general.file_type": FILE_TYPES[kind]})
    for name in tensors.keys() & weights.keys():
        part = name.split(".")[-2]
        if part.endswith("norm"):
            want = "f32"
        elif part in ("token_embd", "output"):
            want = head if isinstance(head, str) else head[name]
        else:
            dense = weights[name].codes is None and kind in ("i2_s", "tq1_0", "tq2_0")
            want = "f16" if dense else kind
        same_values(f"{label}: {name}", tensors[name], weights[name], want, exact)
    return found, tensors


def check_logits(label, path, checkpoint, bound):
    if not llama_cpp:
        return
    try:
        model = llama_cpp.Llama(str(path), n_ctx=128, n_batch=128, n_threads=2, logits_all=True, verbose=False,
                                type_k=llama_cpp.GGML_TYPE_F32, type_v=llama_cpp.GGML_TYPE_F32)
    except ValueError as error:
        return check(False, f"{label}: llama.cpp does not load it: {error}")
    difference = power = 0
    for ids, want in checkpoint.expected_logits():
        model.reset()
        model.eval(ids)
        got = numpy.asarray(model.scores[: len(ids)], "f8")
        difference, power = difference + ((got - want) ** 2).sum(), power + (want**2).sum()
    model.close()
    totals["runs"] += 1
    print(f"  {label}: llama.cpp's logits are off by {difference / power:.1e} (at most {bound:.0e})", flush=True)
    check(difference / power <= bound, f"{label}: logits are off by {difference / power:.2e}, more than {bound:.0e}")


def from_checkpoint(bitnet, checkpoint, folder):
    """Hugging Face to GGUF, each type; and the models of 256 columns with each head."""
    widths = [w.values.shape[-1] for w in checkpoint.linears.values()]
    done, refused = [], []
    for kind in FILE_TYPES:
        path = folder / f"{checkpoint.name}.{kind}.gguf"
        said = convert(bitnet, checkpoint.path, path, "--type", kind)
        if any(width % BLOCKS.get(kind, 1) for width in widths):
            check(said and f"{BLOCKS[kind]} values make a block" in said, f"{path.name}: {said or 'was written'}")
            totals["refusals"] += 1
            refused.append(kind)
            continue
        if said:
            check(False, f"{path.name}: {said}")
            continue
        done.append(kind)
        check_file(path.name, path, checkpoint.weights, kind, checkpoint.metadata(), exact=checkpoint.exact)
        if checkpoint.name == "llama-k256" and kind in LOGITS:
            check_logits(path.name, path, checkpoint, LOGITS[kind])
    if "k256" in checkpoint.name:
        for head in ("f32", "bf16", "q8_0", "q6_k"):
            path = folder / f"{checkpoint.name}.tq2_0.{head}.gguf"
            said = convert(bitnet, checkpoint.path, path, "--type", "tq2_0", "--head", head)
            check(not said, f"{path.name}: {said}")
            check_file(path.name, path, checkpoint.weights, "tq2_0", checkpoint.metadata(), head)
            if checkpoint.name == "llama-k256" and head in LOGITS_HEAD:
                check_logits(path.name, path, checkpoint, LOGITS_HEAD[head])
    more = f"; rows are no whole blocks of {', '.join(refused)}" if refused else ""
    print(f"{checkpoint.name}: {', '.join(done)}{more}", flush=True)


def check_directory(label, directory, checkpoint, linears):
    """Codes, scales and the order of rows as in the checkpoint that the GGUF file was made of."""
    config = json.loads((directory / "config.json").read_text())
    for key in ("model_type", "hidden_act", "hidden_size", "intermediate_size", "num_hidden_layers", "vocab_size",
                "num_attention_heads", "num_key_value_heads", "rms_norm_eps", "max_position_embeddings",
                "tie_word_embeddings", "bos_token_id", "eos_token_id", "architectures"):
        totals["keys"] += 1
        check(config.get(key) == checkpoint.config[key], f"{label}: {key} is {config.get(key)}")
    check(config["rope_theta"] == checkpoint.config["rope_parameters"]["rope_theta"], f"{label}: rope_theta")
    quantization = config["quantization_config"]
    check(quantization["linear_class"] == "autobitlinear" and quantization["quantization_mode"] == "offline",
          f"{label}: quantization_config")
    tensors = read_safetensors(directory / "model.safetensors")
    check(tensors.keys() == checkpoint.tensors.keys(),
          f"{label}: tensors {sorted(tensors.keys() ^ checkpoint.tensors.keys())}")
    for key in tensors.keys() & checkpoint.tensors.keys():
        array, original = tensors[key], checkpoint.tensors[key]
        totals["tensors"] += 1
        totals["values"] += array.size * (4 if array.dtype == numpy.uint8 else 1)
        if key.endswith(".weight_scale"):
            want = linears[gguf_name(key.removesuffix(".weight_scale"))].scale
            check(array.shape == (1,) and array[0] == want, f"{label}: {key} is {array}, not {want}")
        elif original.dtype == numpy.uint8:
            check(array.dtype == numpy.uint8 and (array == original).all(), f"{label}: {key} has other codes or rows")
        elif "norm" in key:
            check((array.astype("f4") == original).all(), f"{label}: {key} differs")


def from_gguf(bitnet, packed, checkpoint, folder):
    """GGUF of other writers to GGUF, each type; to Hugging Face and back."""
    label = f"{packed.parent.name}/{packed.name.split('.')[0]}"
    source = folder / f"{label.replace('/', '.')}.gguf"
    opened = lzma.open(packed) if packed.suffix == ".xz" else packed.open("rb")
    with opened as file:
        source.write_bytes(file.read())
    try:
        metadata, tensors = read_gguf(source)
    except (ValueError, KeyError) as error:
        said = convert(bitnet, source, folder / "unread.gguf", "--type", "f16")
        return print(f"{label}: left out, the package gguf does not read it ({error}); bitnet: {said or 'reads it'}")
    weights = {name: as_weight(t) for name, t in tensors.items()}
    linears = {name.removesuffix(".weight"): weight for name, weight in weights.items()
               if name.split(".")[-2] in LINEARS.values()}
    for name, weight in linears.items():
        if weight.codes is not None:
            want = checkpoint.weights[name + ".weight"].codes
            check((weight.codes == want).all(), f"{label}: {name} is not the checkpoint's")
    is_ternary = any(w.codes is not None for w in linears.values())
    keep = {key: value for key, value in metadata.items()
            if key not in ("general.file_type", "general.quantization_version", "general.alignment")}
    heads = {name: tensors[name].type if tensors[name].type in ("f16", "bf16", "f32", "q8_0", "q6_k") else "f16"
             for name in ("token_embd.weight", "output.weight") if name in tensors}
    done, refused = [], []
    for kind in FILE_TYPES:
        path = folder / f"{source.stem}.to.{kind}.gguf"
        said = convert(bitnet, source, path, "--type", kind)
        if not is_ternary and kind in ("i2_s", "tq1_0", "tq2_0"):
            check(said and "no linear of the model is ternary" in said, f"{path.name}: {said or 'was written'}")
            totals["refusals"] += 1
            refused.append(kind)
            continue
        if said:
            check(False, f"{path.name}: {said}")
            continue
        done.append(kind)
        # Blocks that were kept as they are decode to the same values; their bytes are compared.
        for name, head in heads.items():
            if head == tensors[name].type and head in ("q8_0", "q6_k"):
                _, written = read_gguf(path)
                differ = (written[name].values != tensors[name].values).sum()
                check((written[name].bytes == tensors[name].bytes).all(),
                      f"{path.name}: {name} is {head} before and after, and {differ} of its values changed")
        check_file(path.name, path, weights, kind, keep, heads)
        if checkpoint.architecture == "llama" and packed.name.startswith("F16") and kind in LOGITS:
            check_logits(path.name, path, checkpoint, LOGITS[kind])
    more = f"; not ternary, so no {', '.join(refused)}" if refused else ""
    print(f"{label}: {', '.join(done)}{more}", flush=True)
    if is_ternary:
        there_and_back(bitnet, label, source, checkpoint, folder)


def there_and_back(bitnet, label, source, checkpoint, folder):
    options = []
    for kind in ("i2_s", "tq2_0", "f16"):
        stem = f"{source.stem}.{kind}"
        first, directory, second = folder / f"{stem}.1.gguf", folder / f"{stem}.hf", folder / f"{stem}.2.gguf"
        # The embedding as f16, which both directions keep.
        for one, other, more in ((source, first, ["--type", kind, "--head", "f16"]), (first, directory, []),
                                 (directory, second, ["--type", kind, "--head", "f16", *options])):
            said = convert(bitnet, one, other, *more)
            if said and other == second and "--pre" in said:
                check(False, f"{label}: {other.name}, without --pre: {said}")
                options = ["--pre", read_gguf(first)[0]["tokenizer.ggml.pre"]]  # what else there is to see
                said = convert(bitnet, one, other, *more, *options)
            if said:
                return check(False, f"{label}: {one.name} to {other.name}: {said}")
        metadata, tensors = read_gguf(first)
        linears = {name.removesuffix(".weight"): as_weight(t) for name, t in tensors.items()
                   if name.split(".")[-2] in LINEARS.values()}
        check_directory(directory.name, directory, checkpoint, linears)
        again_metadata, again = read_gguf(second)
        check(again.keys() == tensors.keys(), f"{second.name}: tensors {sorted(again.keys() ^ tensors.keys())}")
        for name in again.keys() & tensors.keys():
            totals["tensors"] += 1
            totals["values"] += tensors[name].values.size
            check(again[name].type == tensors[name].type and (again[name].bytes == tensors[name].bytes).all(),
                  f"{second.name}: {name} has other bytes")
        # A name is not in a Hugging Face directory, nor is what `general.` says beside the architecture.
        # Tokens that are marked as unused (5) are not in a tokenizer.json; their ids remain.
        kinds = metadata["tokenizer.ggml.token_type"]
        for found in (metadata, again_metadata):
            texts = found["tokenizer.ggml.tokens"]
            found["tokenizer.ggml.tokens"] = ["" if kind == 5 else text for kind, text in zip(kinds, texts)]
        same_keys(second.name, again_metadata, {key: value for key, value in metadata.items()
                                                if not key.startswith("general.") or key == "general.architecture"})
    print(f"{label}: to Hugging Face and back, as i2_s, tq2_0 and f16", flush=True)


def main(bitnet, reference):
    if not hasattr(gguf.GGMLQuantizationType, "I2_S"):
        print("the package gguf does not know I2_S: its bytes are decoded here, as FACTS 5.1 describes them")
    checkpoints = {path.name: Checkpoint(path) for path in sorted((reference / "hf-bitnet").iterdir())}
    with tempfile.TemporaryDirectory() as name:
        for checkpoint in checkpoints.values():
            from_checkpoint(bitnet, checkpoint, pathlib.Path(name))
        for packed in sorted((reference / "gguf").glob("*/*.gguf*")):
            with tempfile.TemporaryDirectory() as inner:
                from_gguf(bitnet, packed, checkpoints[packed.parent.name], pathlib.Path(inner))
    t = totals
    print(f"{t['files']} files written; {t['tensors']:,} tensors, {t['values']:,} values and {t['keys']:,} keys read; "
          f"{t['refusals']} refusals, {t['runs']} runs of llama.cpp; {t['middles']} Q8_0 codes were halfway between "
          f"the package's and the next; {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else root.parent / "shared/reference"
    try:
        import gguf
        import gguf.quants
        import numpy
        import safetensors
    except ImportError as missing:
        print(f"skipped: {missing} (pip install numpy safetensors gguf llama-cpp-python)")
        sys.exit(SKIP)
    if not (folder / "hf-bitnet").is_dir() or not (folder / "gguf").is_dir():
        print(f"skipped: no reference models in {folder}")
        sys.exit(SKIP)
    try:
        import llama_cpp
    except ImportError as missing:
        print(f"without llama.cpp: {missing} (pip install llama-cpp-python)")
        llama_cpp = None
    sys.exit(main(sys.argv[1], folder))
