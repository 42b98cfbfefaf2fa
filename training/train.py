#!/usr/bin/env python3
"""Trains a model of the recipe on tokens.py's ids; stops after --seconds and goes on when run again.

OUT/checkpoint.pt is replaced as a whole; OUT/losses.jsonl has a line a step {"step","loss","lr"} and, now and then,
{"step","held_out","held_out_tales"}: mean cross-entropy in nats a token. On the same machine with the same threads a
resumed run gives the losses that an unbroken one gives.
"""
import argparse
import dataclasses
import io
import json
import math
import os
import pathlib
import sys
import time

import numpy
import torch

import corpus
from bitnet_model import BitNet, ModelConfig
from optimizer import Optimizers, learning_rate

TRAINING_FIELDS = {"steps": int, "batch_tokens": int, "warmup_steps": int, "peak_lr": list, "weight_decay": list,
                   "row_tokens": list, "optimizer": str}


def read_recipe(path, ternary=True):
    """(recipe, ModelConfig) with every field checked."""
    try:
        recipe = json.loads(path.read_text())
        model = ModelConfig(vocab=recipe["tokenizer"]["vocab"], ternary=ternary, **recipe["model"])
        training = recipe["training"]
        for field, kind in TRAINING_FIELDS.items():
            if not isinstance(training[field], kind):
                raise ValueError(f"training.{field} is no {kind.__name__}")
        for field in ("peak_lr", "weight_decay", "row_tokens"):
            if len(training[field]) != 2:
                raise ValueError(f"training.{field} needs two values, one a stage")
        for row in training["row_tokens"]:
            if not 1 <= row <= model.context or training["batch_tokens"] % row:
                raise ValueError(f"training.batch_tokens {training['batch_tokens']} does not divide into rows of {row} tokens "
                                 f"(training.row_tokens), or model.context {model.context} is shorter")
        if training["steps"] < 1 or training["optimizer"] not in ("muon", "adamw"):
            raise ValueError("training.steps must be at least 1 and training.optimizer muon or adamw")
        return recipe, model
    except KeyError as error:
        raise corpus.BadInput(f"{path}: {error.args[0]} is missing") from None
    except (ValueError, TypeError) as error:
        raise corpus.BadInput(f"{path}: {error}") from None


def read_ids(path, vocab, least):
    try:
        ids = numpy.load(path, allow_pickle=False)
    except ValueError:
        raise corpus.BadInput(f"{path}: is no array of ids; run tokens.py again") from None
    if ids.dtype != numpy.uint16 or ids.ndim != 1 or len(ids) < least:
        raise corpus.BadInput(f"{path}: {ids.size} ids of type {ids.dtype}; at least {least} of type uint16 are needed: more text")
    if ids.max() >= vocab:
        raise corpus.BadInput(f"{path}: holds id {ids.max()}, but the recipe's tokenizer has {vocab}; run tokens.py again")
    return ids


def rows_at(ids, start, count, length):
    """Rows [count, length + 1] from `start` on, going round at the end; the last of a row is the first of the next."""
    index = (start + numpy.arange(count)[:, None] * length + numpy.arange(length + 1)) % len(ids)
    return torch.from_numpy(ids[index].astype(numpy.int64))


def write_whole(path, data):
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


class Run:
    def __init__(self, recipe, config, ids, held_out, out, device, compile_model):
        self.settings, self.seed, self.out, self.device = recipe["training"], recipe["seed"], out, device
        self.ids, self.held_out = ids, held_out
        self.model = BitNet(config)
        self.model.initialize(self.seed)
        self.model.to(device)
        self.optimizers = Optimizers(self.model, self.settings["optimizer"])
        self.loss = torch.compile(self.model.loss, dynamic=False) if compile_model else self.model.loss
        self.step = 0
        self.recipe = {**recipe, "model": dataclasses.asdict(config)}

    @property
    def steps(self):
        return self.settings["steps"]

    def stage(self):
        return 0 if self.step < self.steps // 2 else 1

    def resume(self):
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return
        try:
            state = torch.load(path, map_location=self.device, weights_only=True)
        except Exception as error:  # torch.load raises whatever its parts raise
            raise corpus.BadInput(f"{path}: is no checkpoint ({error}); remove it to begin anew") from None
        if any(state["recipe"][part] != self.recipe[part] for part in ("model", "seed", "tokenizer", "training")):
            raise corpus.BadInput(f"{path}: belongs to another recipe; remove it to begin anew, or take another --out")
        self.model.load_state_dict(state["model"])
        self.optimizers.load_state_dict(state["optimizers"])
        self.step = state["step"]
        log = self.out / "losses.jsonl"
        lines = [line for line in log.read_text().splitlines(True) if json.loads(line)["step"] <= self.step]
        write_whole(log, "".join(lines).encode())

    def save(self):
        buffer = io.BytesIO()
        torch.save({"recipe": self.recipe, "model": self.model.state_dict(), "optimizers": self.optimizers.state_dict(),
                    "step": self.step}, buffer)
        write_whole(self.out / "checkpoint.pt", buffer.getbuffer())

    def log(self, **fields):
        with open(self.out / "losses.jsonl", "a") as file:
            print(json.dumps({"step": self.step, **fields}), file=file)

    def train_step(self):
        length = self.settings["row_tokens"][self.stage()]
        batch = self.settings["batch_tokens"]
        rows = rows_at(self.ids, self.step * batch, batch // length, length).to(self.device)
        loss = self.loss(rows[:, :-1].contiguous(), rows[:, 1:].contiguous())
        loss.backward()
        if not math.isfinite(loss.item()):
            raise corpus.BadInput(f"the loss of step {self.step} is {loss.item()}: take a smaller training.peak_lr; "
                                  f"{self.out / 'checkpoint.pt'} is as it was")
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        lr = learning_rate(self.step, self.steps, self.settings["warmup_steps"], self.settings["peak_lr"])
        self.optimizers.step(lr, self.settings["weight_decay"][self.stage()])
        self.step += 1
        self.log(loss=round(loss.item(), 5), lr=lr)
        return loss.item()

    @torch.no_grad()
    def evaluate(self):
        """Mean cross-entropy of the first 64 rows of each held-out set."""
        losses = {}
        length = self.settings["row_tokens"][1]
        for name, ids in self.held_out.items():
            count = min(64, (len(ids) - 1) // length)
            rows = rows_at(ids, 0, count, length).to(self.device)
            parts = [self.model.loss(part[:, :-1], part[:, 1:]).item() * len(part) for part in rows.split(8)]
            losses[name] = round(sum(parts) / count, 5)
        self.log(**losses)
        return losses


def train(run, seconds, evaluate_every, save_every):
    """True when the last step is done."""
    begin = time.monotonic()
    while run.step < run.steps and time.monotonic() - begin < seconds:
        start = time.monotonic()
        loss = run.train_step()
        if run.step % 20 == 0 or run.step == run.steps:
            rate = run.settings["batch_tokens"] / (time.monotonic() - start)
            print(f"step {run.step} of {run.steps}: loss {loss:.4f}, {rate:.0f} tokens/s", flush=True)
        if run.step % evaluate_every == 0 or run.step == run.steps:
            print("  " + ", ".join(f"{name} {loss:.4f}" for name, loss in run.evaluate().items()), flush=True)
        if run.step % save_every == 0:
            run.save()
    run.save()
    return run.step >= run.steps


def main(arguments):
    parser = argparse.ArgumentParser(prog="train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=pathlib.Path, required=True, metavar="FILE.json")
    parser.add_argument("--tokens", type=pathlib.Path, required=True, metavar="FOLDER", help="tokens.py's")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="FOLDER")
    parser.add_argument("--bf16", action="store_true", help="the same model with bf16 linears, for comparison")
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="S", help="save and stop after S seconds")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--no-compile", action="store_true", help="without torch.compile, which needs a C++ compiler")
    parser.add_argument("--evaluate-every", type=int, default=100, metavar="STEPS")
    parser.add_argument("--save-every", type=int, default=200, metavar="STEPS")
    options = parser.parse_args(arguments)
    # Sums of gradients in a fixed order, so that a resumed run goes on as an unbroken one would.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # which only looks for bugs and took half of a GPU's time
    try:
        recipe, config = read_recipe(options.recipe, ternary=not options.bf16)
        batch = recipe["training"]["batch_tokens"]
        ids = read_ids(options.tokens / "train.npy", config.vocab, batch + 1)
        held_out = {name: read_ids(options.tokens / f"{name}.npy", config.vocab, config.context + 1)
                    for name in ("held_out", "held_out_tales")}
        options.out.mkdir(parents=True, exist_ok=True)
        run = Run(recipe, config, ids, held_out, options.out, options.device, not options.no_compile)
        run.resume()
        count = sum(parameter.numel() for parameter in run.model.parameters())
        print(f"{count / 1e6:.1f} million parameters, {len(ids) / 1e6:.1f} million tokens, step {run.step} of {run.steps}",
              flush=True)
        done = train(run, options.seconds, options.evaluate_every, options.save_every)
    except (corpus.BadInput, OSError) as error:
        sys.exit(f"train: {error}")
    print("done" if done else f"stopped at step {run.step}: run the same command again to go on")


if __name__ == "__main__":
    main(sys.argv[1:])
