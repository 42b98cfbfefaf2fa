"""Writes the seed files of gguf, safetensors and config below corpus/. Needs Python alone; run in this folder."""
import json
import struct
from pathlib import Path


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def key(name: str, kind: int, value: bytes) -> bytes:
    return text(name) + struct.pack("<I", kind) + value


def array(kind: int, count: int, values: bytes) -> bytes:
    return struct.pack("<IQ", kind, count) + values


def gguf(keys: list, tensors: list, version: int = 3, alignment: int = 32) -> bytes:
    entries, data = b"", b""
    for name, sizes, kind, contents in tensors:
        entries += text(name) + struct.pack("<I", len(sizes)) + struct.pack(f"<{len(sizes)}Q", *sizes)
        entries += struct.pack("<IQ", kind, len(data))
        data += contents + bytes(-len(contents) % alignment)
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys)) + b"".join(keys) + entries
    return head + bytes(-len(head) % alignment) + data


def safetensors(header: dict, data: bytes) -> bytes:
    encoded = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(encoded)) + encoded + data


def write(folder: str, seeds: dict) -> None:
    path = Path("corpus") / folder
    path.mkdir(parents=True, exist_ok=True)
    for name, contents in seeds.items():
        (path / name).write_bytes(contents if isinstance(contents, bytes) else json.dumps(contents, indent=1).encode())


u32 = lambda name, value: key(name, 4, struct.pack("<I", value))
f32 = lambda name, value: key(name, 6, struct.pack("<f", value))
every_type = [key("u8", 0, b"\1"), key("i8", 1, b"\xff"), key("u16", 2, b"\1\0"), key("i16", 3, b"\xff\xff"), u32("u32", 7),
              key("i32", 5, b"\xff" * 4), f32("f32", 1.5), key("bool", 7, b"\1"), key("text", 8, text("hello")),
              key("u64", 10, b"\1" + bytes(7)), key("i64", 11, b"\xff" * 8), key("f64", 12, struct.pack("<d", 2.5)),
              key("texts", 9, array(8, 2, text("a") + text("bc"))), key("ints", 9, array(5, 2, struct.pack("<ii", 1, -1))),
              key("nested", 9, array(9, 1, array(0, 2, b"ab")))]
model = [key("general.architecture", 8, text("bitnet-b1.58")), key("general.name", 8, text("tiny"))]
for name, value in {"vocab_size": 4, "context_length": 8, "embedding_length": 128, "block_count": 1, "feed_forward_length": 128,
                    "rope.dimension_count": 64, "attention.head_count": 2, "attention.head_count_kv": 1}.items():
    model.append(u32("bitnet-b1.58." + name, value))
model += [f32("bitnet-b1.58.attention.layer_norm_rms_epsilon", 1e-5), f32("bitnet-b1.58.rope.freq_base", 5e5),
          u32("tokenizer.ggml.eos_token_id", 1)]
scale = struct.pack("<f", 0.5)
half = struct.pack("<e", 0.5)
write("gguf", {
    "values": gguf(every_type, []),
    "model": gguf(model, [("output_norm.weight", [4], 0, struct.pack("<4f", 1, 1, 1, 1))]),
    "ternary": gguf([], [("i2s", [128, 1], 36, b"\x64" * 32 + scale + bytes(28)), ("tq1", [256, 1], 34, b"\x80" * 52 + half),
                         ("tq2", [256, 1], 35, b"\x64" * 64 + half), ("q8", [32, 1], 8, half + b"\x7f\x81\0\0" * 8),
                         ("f16", [4, 1], 1, half * 4), ("f32", [2, 1], 0, scale * 2), ("other", [32], 39, bytes(17))]),
    "foreign": gguf([], [("iq1", [64, 1], 134, half + b"\x80" * 13), ("iq2", [64, 1], 135, scale + b"\x64" * 16),
                         ("iq2r4", [64, 4], 335, scale * 4 + b"\x64" * 64),
                         ("tl1", [256, 64], 38, b"\x44" * 4096 + scale + bytes(28)),
                         ("tl2", [256, 32], 39, b"\x44" * 2048 + scale + bytes(28))]),
    "aligned": gguf([u32("general.alignment", 64)], [("a", [1], 0, scale), ("b", [2], 24, b"\1\2")], version=2, alignment=64),
})

write("safetensors", {
    "empty": safetensors({}, b""),
    "types": safetensors({"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]},
                          "b": {"dtype": "U8", "shape": [3], "data_offsets": [8, 11]},
                          "c": {"dtype": "BF16", "shape": [], "data_offsets": [11, 13]},
                          "d": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [13, 15]},
                          "e": {"dtype": "I64", "shape": [0], "data_offsets": [15, 15]}}, bytes(range(15))),
})

bitnet = {"model_type": "bitnet", "vocab_size": 320, "hidden_size": 256, "intermediate_size": 640, "num_hidden_layers": 3,
          "num_attention_heads": 4, "num_key_value_heads": 1, "hidden_act": "relu2", "max_position_embeddings": 512,
          "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": [1, 2],
          "quantization_config": {"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "offline",
                                  "modules_to_not_convert": ["lm_head"], "use_rms_norm": True, "rms_norm_eps": 1e-6}}
llama = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 320, "hidden_size": 256, "head_dim": 32,
         "intermediate_size": 640, "num_hidden_layers": 3, "num_attention_heads": 4, "hidden_act": "silu", "attention_bias": False,
         "rope_parameters": {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0,
                             "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}}
large = {"model_type": "llama", "architectures": ["BitnetForCausalLM"], "vocab_size": 32002, "hidden_size": 3200,
         "intermediate_size": 8640, "num_hidden_layers": 26, "num_attention_heads": 32, "rope_scaling": None, "weight_bits": 1}
write("config", {"bitnet.json": bitnet, "llama.json": llama, "large.json": large,
                 "linear.json": dict(llama, rope_parameters=None, rope_scaling={"type": "linear", "factor": 2.0})})
