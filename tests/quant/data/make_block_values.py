"""Writes block_values.txt: random blocks of every ggml type and their values as gguf-py decodes them.

A line: type, the blocks' bytes in hexadecimal, their values as little-endian f32 in hexadecimal.
Needs the PyPI packages gguf and numpy; made with gguf 0.19 and numpy 2.4. Run in this folder.
"""
import numpy as np
from gguf import quants
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as T

# Where in a block its f16 fields stand: random bits there could be NaN.
HALVES = {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.Q4_K: [0, 2], T.Q5_K: [0, 2],
          T.Q6_K: [208], T.TQ1_0: [52], T.TQ2_0: [64]}
SCALES = [0.0123, -1.5, 6.1e-5, 3.0e-7]    # usual, negative, the smallest normal half, a subnormal one

rng = np.random.default_rng(20240227)
with open("block_values.txt", "w", encoding="ascii") as out:
    for kind, offsets in HALVES.items():
        block, size = GGML_QUANT_SIZES[kind]
        count = 4 if block == 32 else 2
        data = rng.integers(0, 256, (count, size), dtype=np.uint8)
        if kind == T.TQ1_0:    # bytes that an encoder writes, then any bytes
            trits = rng.integers(-1, 2, (1, 256)).astype(np.float32)
            data[0] = quants.quantize(trits * np.float32(0.75), kind)[0]
        for i in range(count):
            for k, offset in enumerate(offsets):
                if kind == T.TQ1_0 and i == 0:
                    continue
                scale = np.float16(SCALES[(i + k) % len(SCALES)])
                data[i, offset:offset + 2] = np.frombuffer(scale.tobytes(), np.uint8)
        values = quants.dequantize(data, kind).astype("<f4")
        out.write(f"{kind.name.lower()} {data.tobytes().hex()} {values.tobytes().hex()}\n")
    for kind in (T.TQ1_0, T.TQ2_0, T.Q8_0):    # what gguf-py's encoders write for ternary values
        trits = rng.integers(-1, 2, (1, 512)).astype(np.float32)
        trits[0, ::256] = 1
        data = quants.quantize(trits * np.float32(0.75), kind)
        values = quants.dequantize(data, kind).astype("<f4")
        out.write(f"{kind.name.lower()} {data.tobytes().hex()} {values.tobytes().hex()}\n")
