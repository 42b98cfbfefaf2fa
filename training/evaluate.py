#!/usr/bin/env python3
"""Measures a trained model: OUT/evaluation.json, OUT/samples.md, OUT/curves.json and OUT/curves.svg.

Perplexity of the ternary checkpoint on both held-out sets (float32, windows as in training); its gap to the bf16 model from what
train.py logged of both, at the last step and to the best of the bf16 model's. Samples from the GGUF file by `bitnet run`, one a prompt and seed, none left out; over them, and over held-out stories for comparison:
distinct-n (different n-grams / n-grams over all texts), repetition (share of a text's 4-grams that stood in it before),
copied (share of 8-grams that stand in the training text), grammatical (share of sentences to which link-grammar finds
a complete parse; Debian's link-grammar).
"""
import argparse
import json
import math
import pathlib
import random
import re
import subprocess
import sys

import numpy
import torch

import corpus
from bitnet_model import BitNet, ModelConfig
from train import read_ids, rows_at

PROMPTS = ["One day", "Once upon a time, a small robot", "Once upon a time, there was a little fox who", "One morning, Lily found",
           "The old bear was sad because", "\"Who is there?\" asked the mouse.", "It was raining, and Tom", "In a small village by the sea",
           "Mia and her grandmother", "The little star wanted to"]
SENTENCE = re.compile(r"[^.!?]+[.!?]+[\"']?")


def perplexity(checkpoint, sets):
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    config = ModelConfig(**state["recipe"]["model"])
    model = BitNet(config, torch.float32)  # as the engine adds
    model.load_state_dict(state["model"])
    result = {}
    with torch.no_grad():
        for name, path in sets.items():
            ids = read_ids(path, config.vocab, config.context + 1)
            rows = rows_at(ids, 0, (len(ids) - 1) // config.context, config.context)
            loss = sum(model.loss(part[:, :-1], part[:, 1:]).item() * len(part) for part in rows.split(4)) / len(rows)
            result[name] = {"perplexity": round(math.exp(loss), 4), "loss": round(loss, 5), "tokens": rows[:, 1:].numel()}
    return result


def sample(program, model, prompt, seed, tokens):
    command = [program, "run", "-m", model, "-p", prompt, "-n", str(tokens), "--seed", str(seed), "--json"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise corpus.BadInput(f"{' '.join(command)}: {run.stderr.strip()}")
    return prompt + json.loads(run.stdout)["text"]


def grams(text, n):
    words = re.findall(r"[\w']+|[.,!?]", text.lower())
    return list(zip(*(words[i:] for i in range(n))))


def grammatical(texts, most=400):
    """Share of sentences of 4 to 25 words that link-parser parses whole, without the words of direct speech."""
    sentences = [part.strip() for text in texts for part in SENTENCE.findall(text.replace("\n", " ")) if '"' not in part]
    sentences = [part for part in sentences if 4 <= len(part.split()) <= 25]
    sentences = random.Random(1).sample(sentences, min(most, len(sentences)))
    run = subprocess.run(["link-parser", "en", "-batch", "-null=0", "-timeout=5", "-verbosity=0"], input="\n".join(sentences) + "\n",
                         capture_output=True, text=True)
    wrong = re.search(r"(\d+) error", run.stdout + run.stderr)
    if wrong is None:
        raise corpus.BadInput(f"link-parser gave no count of errors: {(run.stderr or run.stdout)[-200:]}")
    return {"sentences": len(sentences), "share": round(1 - int(wrong.group(1)) / len(sentences), 4)}


def text_figures(texts, training_grams):
    figures = {"texts": len(texts), "words": round(numpy.mean([len(text.split()) for text in texts]), 1)}
    for n in (1, 2, 3):
        every = [gram for text in texts for gram in grams(text, n)]
        figures[f"distinct_{n}"] = round(len(set(every)) / len(every), 4)
    fours = [grams(text, 4) for text in texts]
    figures["repetition"] = round(numpy.mean([1 - len(set(four)) / max(len(four), 1) for four in fours]), 4)
    eights = [gram for text in texts for gram in grams(text, 8)]
    figures["copied"] = round(sum(hash(gram) in training_grams for gram in eights) / len(eights), 4)
    figures["grammatical"] = grammatical(texts)
    return figures


def read_losses(folder):
    return [json.loads(line) for line in (folder / "losses.jsonl").read_text().splitlines()]


def gap(trained, sets):
    """By how much the ternary model's perplexity is above the bf16 model's, as a share."""
    rows = {name: [row for row in read_losses(folder) if "held_out" in row] for name, folder in trained.items()}
    share = lambda a, b: round(math.exp(a - b) - 1, 4)
    return {name: {"ternary": rows["ternary"][-1][name], "bf16": rows["bf16"][-1][name],
                   "gap": share(rows["ternary"][-1][name], rows["bf16"][-1][name]),
                   "gap_to_best": share(rows["ternary"][-1][name], min(row[name] for row in rows["bf16"]))} for name in sets}


def curves(trained, out):
    """Losses of training as means of 20 steps, held-out losses as they are; data and plot."""
    data = {}
    for name, folder in trained.items():
        rows = read_losses(folder)
        train = [(row["step"], row["loss"]) for row in rows if "loss" in row]
        data[name] = {
            "train": [[train[i][0], round(float(numpy.mean([loss for _, loss in train[i:i + 20]])), 4)] for i in range(0, len(train), 20)],
            "held_out": [[row["step"], row["held_out"], row["held_out_tales"]] for row in rows if "held_out" in row]}
    (out / "curves.json").write_text(json.dumps(data) + "\n")
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "bitnet"
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, color in zip(trained, ("tab:blue", "tab:orange")):
        axes.plot(*zip(*data[name]["train"]), color=color, linewidth=0.6, alpha=0.5, label=f"{name}, training text")
        axes.plot([row[0] for row in data[name]["held_out"]], [row[1] for row in data[name]["held_out"]], color=color, marker=".",
                  label=f"{name}, held-out text of the instruct model")
        axes.plot([row[0] for row in data[name]["held_out"]], [row[2] for row in data[name]["held_out"]], color=color, marker=".",
                  linestyle="--", label=f"{name}, held-out tales")
    axes.set(xlabel="step", ylabel="loss [nats a token]", ylim=(0, 5))
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(out / "curves.svg", metadata={"Date": None})


def main(arguments):
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, what in (("clean", "clean.py's folder"), ("tokens", "tokens.py's folder"), ("ternary", "train.py's folder"),
                       ("bf16", "train.py's folder of the bf16 model; left out: no comparison"), ("out", "folder")):
        parser.add_argument("--" + name, type=pathlib.Path, required=name != "bf16", metavar="FOLDER", help=what)
    parser.add_argument("--gguf", required=True, metavar="FILE")
    parser.add_argument("--program", default="build/release/bin/bitnet", metavar="bitnet")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="samples a prompt [20]; the first two are kept")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        sets = {name: options.tokens / f"{name}.npy" for name in ("held_out", "held_out_tales")}
        trained = {"ternary": options.ternary} | ({"bf16": options.bf16} if options.bf16 else {})
        result = {"ternary": perplexity(options.ternary / "checkpoint.pt", sets)}
        if options.bf16:
            result["losses"] = gap(trained, sets)
        texts = {(prompt, seed): sample(options.program, options.gguf, prompt, seed, 300)
                 for seed in range(options.seeds) for prompt in PROMPTS}
        training = {hash(gram) for row in corpus.read_texts(options.clean / "train.jsonl.xz") for gram in grams(row["answer"], 8)}
        result["samples"] = text_figures(list(texts.values()), training)
        for name in sets:
            stories = [row["answer"] for row in corpus.read_texts(options.clean / f"{name}.jsonl.xz") if row["kind"] == "story"]
            result[name + " stories"] = text_figures(stories[:options.seeds * len(PROMPTS)], training)
        curves(trained, options.out)
    except (corpus.BadInput, OSError) as error:
        sys.exit(f"evaluate: {error}")
    (options.out / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n")
    lines = ["# Samples\n", f"`{pathlib.Path(options.gguf).name}` by `bitnet run -p PROMPT -n 300 --seed S`, all other options left "
             "alone: two seeds, ten prompts, every sample as it came.\n"]
    for (prompt, seed), text in texts.items():
        if seed < 2:
            lines.append(f"## Seed {seed}, prompt {json.dumps(prompt)}\n\n" + "\n".join(
                "> " + line for line in text.strip().split("\n")) + "\n")
    (options.out / "samples.md").write_text("\n".join(lines))
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
