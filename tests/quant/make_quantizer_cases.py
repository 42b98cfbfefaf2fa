"""Writes data/quantizer_cases.json: what NumPy makes of some values, for quantizer_test.cpp. Run in this folder."""
import json
import pathlib

import numpy as np

ROWS, COLS, GROUP = 3, 37, 16
f32 = np.float32


def runs(values, granularity):
    if granularity == "tensor":
        return [values.reshape(-1)]
    rows = list(values)
    if granularity == "channel":
        return rows
    return [row[i:i + GROUP] for row in rows for i in range(0, COLS, GROUP)]


def ternary(run):
    inverse = f32(1) / np.maximum(f32(np.abs(run.astype(np.float64)).mean()), f32(1e-5))
    scale = f32(1) / inverse
    return np.clip(np.round(run * inverse), -1, 1) * scale, scale, 0


def integers(bits, symmetric):
    top = 2 ** (bits - 1) - 1

    def quantize(run):
        if symmetric:
            scale = f32(np.abs(run).max()) / f32(top)
            scale = scale if scale > 0 else f32(1)
            return np.clip(np.round(run / scale), -top, top).astype(f32) * scale, scale, 0
        low, high = min(run.min(), f32(0)), max(run.max(), f32(0))
        scale = f32(high - low) / f32(2 * top + 1)
        zero = 0
        if scale > 0:
            zero = int(np.clip(np.round(f32(-top - 1) - low / scale), -top - 1, top))
        else:
            scale = f32(1)
        codes = np.clip(np.round(run / scale) + zero, -top - 1, top).astype(np.int64)
        return (codes - zero).astype(f32) * scale, scale, zero

    return quantize


def half(kind):
    def quantize(run):
        if kind == "f16":
            return run.astype(np.float16).astype(f32), None, 0
        bits = run.view(np.uint32)
        rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16
        return rounded.astype(np.uint32).view(f32), None, 0

    return quantize


random = np.random.default_rng(7)
values = random.normal(0, 0.05, (ROWS, COLS)).astype(f32)
values[0, :4] = [0.5, -0.5, 1.0, 127.0]   # ties and an outlier
values[1] = np.abs(values[1])             # one sign alone
values[2, :GROUP] = 0                     # a group of zeros
ways = {"ternary": [(ternary, True)], "f16": [(half("f16"), True)], "bf16": [(half("bf16"), True)],
        "int8": [(integers(8, True), True), (integers(8, False), False)],
        "int4": [(integers(4, True), True), (integers(4, False), False)]}
cases = []
for name, kinds in ways.items():
    for quantize, symmetric in kinds:
        for granularity in ["tensor", "channel", "group"]:
            results = [quantize(run) for run in runs(values, granularity)]
            cases.append({"format": name, "symmetric": symmetric, "granularity": granularity,
                          "values": [float(v) for values_, _, _ in results for v in values_],
                          "scales": [float(s) for _, s, _ in results if s is not None],
                          "zero_points": [z for _, _, z in results] if not symmetric else []})
out = {"rows": ROWS, "cols": COLS, "group": GROUP, "source": [float(v) for v in values.reshape(-1)], "cases": cases}
pathlib.Path("data/quantizer_cases.json").write_text(json.dumps(out) + "\n")
