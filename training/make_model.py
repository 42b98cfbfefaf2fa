#!/usr/bin/env python3
"""Makes the built-in model from the recipe, stage after stage; run it again to go on where it stopped.

    python3 training/make_model.py [--work build/training] [--seconds 550]

generate -> clean -> tokens -> train (ternary, then bf16 for comparison) -> export -> convert -> evaluate. What a stage writes
lies in the work folder; a finished stage is not run again (remove its output to do so). The last two write models/ and
docs/built-in-model. Needs training/requirements.txt, a built bitnet (scripts/build), and link-grammar for the evaluation.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAINING = ROOT / "training"


class Stop(Exception):
    pass


class Maker:
    def __init__(self, options):
        self.work, self.device, self.raw = options.work, options.device, options.raw
        self.deadline = time.monotonic() + options.seconds
        self.recipe_path = options.recipe
        self.recipe = json.loads(options.recipe.read_text())
        self.program = ROOT / "build" / "release" / "bin" / "bitnet"
        self.name = self.recipe["name"]

    def run(self, what, command):
        if self.left() <= 0:
            raise Stop(f"stopped before {what}: run the same command again to go on")
        print(f"== {what}", flush=True)
        if subprocess.run([str(part) for part in command], cwd=ROOT).returncode:
            sys.exit(f"make_model: {what} failed; its own message stands above")

    def left(self):
        return self.deadline - time.monotonic()

    def stage(self, script, *arguments):
        return [sys.executable, TRAINING / f"{script}.py", *arguments]

    def device_option(self):
        return ["--device", self.device] if self.device else []

    def generate(self):
        if self.raw:
            return self.raw
        raw, shards = self.work / "raw", self.recipe["text"]["shards"]
        if len(list(raw.glob("*.jsonl.xz"))) < shards:
            found = subprocess.run([ROOT / "scripts" / "fetch-smollm2"], capture_output=True, text=True)
            if found.returncode:
                sys.exit(f"make_model: scripts/fetch-smollm2: {found.stderr.strip()}")
            self.run("generate", self.stage("generate", "--model", found.stdout.strip(), "--out", raw, "--shards", f"0:{shards}",
                                            "--seed", self.recipe["seed"], "--seconds", max(self.left() - 60, 1),
                                            *self.device_option()))
            if len(list(raw.glob("*.jsonl.xz"))) < shards:
                raise Stop("stopped while text is generated: run the same command again to go on")
        return [raw]

    def clean(self, raw):
        out = self.work / "clean"
        if not (out / "report.json").exists():
            text = self.recipe["text"]
            folders = [part for folder in raw for part in ("--raw", folder)]
            self.run("clean", self.stage("clean", *folders, "--out", out, "--tales", text["tales"], "--held-out", text["held_out"],
                                         "--seed", self.recipe["seed"]))
        return out

    def tokens(self, clean):
        out = self.work / "tokens"
        if not (out / "held_out_tales.npy").exists():
            self.run("tokens", self.stage("tokens", "--clean", clean, "--out", out, "--vocab", self.recipe["tokenizer"]["vocab"],
                                          "--seed", self.recipe["seed"]))
        return out

    def steps_done(self, out):
        losses = out / "losses.jsonl"
        if not (out / "checkpoint.pt").exists() or not losses.exists():
            return 0
        return json.loads(losses.read_text().splitlines()[-1])["step"]

    def train(self, tokens, kind):
        out = self.work / kind
        steps = self.recipe["training"]["steps"]
        if self.steps_done(out) < steps:
            more = ["--bf16"] if kind == "bf16" else []
            self.run(f"train {kind}", self.stage("train", "--recipe", self.recipe_path, "--tokens", tokens, "--out", out,
                                                 "--seconds", max(self.left() - 20, 1), *more, *self.device_option()))
            if self.steps_done(out) < steps:
                raise Stop(f"stopped while the {kind} model is trained: run the same command again to go on")
        return out

    def publish(self, clean, tokens, ternary, bf16):
        out, gguf = self.work / "hf", ROOT / "models" / f"{self.name}.gguf"
        self.run("export", self.stage("export", "--checkpoint", ternary / "checkpoint.pt", "--tokenizer", tokens / "tokenizer.json",
                                      "--out", out))
        self.run("convert", [self.program, "convert", out / "masters", gguf, "--type", self.recipe["file"]["type"],
                             "--head", self.recipe["file"]["head"], "--name", self.name, "--force"])
        self.run("golden", self.stage("golden", "--gguf", gguf, "--tokenizer", tokens / "tokenizer.json",
                                      "--out", ROOT / "tests" / "golden" / "data" / "built_in"))
        self.run("evaluate", self.stage("evaluate", "--clean", clean, "--tokens", tokens, "--ternary", ternary, "--bf16", bf16,
                                        "--gguf", gguf, "--program", self.program, "--out", ROOT / "docs" / "built-in-model"))


def main(arguments):
    parser = argparse.ArgumentParser(prog="make_model", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=pathlib.Path, default=TRAINING / "recipe.json", metavar="FILE.json")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "training", metavar="FOLDER")
    parser.add_argument("--raw", type=pathlib.Path, action="append", metavar="FOLDER",
                        help="text that generate.py wrote before, in place of that stage; may be repeated")
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="S", help="save and stop after about S seconds")
    parser.add_argument("--device", help="cuda or cpu [cuda where there is one]")
    options = parser.parse_args(arguments)
    if shutil.which("link-parser") is None:
        sys.exit("make_model: link-parser is missing, which the evaluation needs: apt-get install link-grammar")
    maker = Maker(options)
    if not maker.program.exists():
        sys.exit(f"make_model: {maker.program} is missing: scripts/build")
    try:
        clean = maker.clean(maker.generate())
        tokens = maker.tokens(clean)
        ternary, bf16 = maker.train(tokens, "ternary"), maker.train(tokens, "bf16")
        maker.publish(clean, tokens, ternary, bf16)
        print("Now scripts/build, and bring the figures of models/README.md and the example of README.md up to date.")
    except Stop as stop:
        print(stop)


if __name__ == "__main__":
    main(sys.argv[1:])
