#!/usr/bin/env python3
"""training/: from texts to a Hugging Face directory, on a model of a few thousand parameters; needs PyTorch."""
import json
import lzma
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import unittest

SKIP = 77
ROOT = pathlib.Path(__file__).resolve().parents[2]
TRAINING = ROOT / "training"
PROGRAM = ROOT / "build" / "release" / "bin" / "bitnet"
sys.path.insert(0, str(TRAINING))
try:
    import torch
    import tokenizers  # noqa: F401
    from safetensors.torch import load_file
except ImportError as error:
    print(f"skipped: {error}; training's tests need torch, tokenizers, safetensors and transformers")
    sys.exit(SKIP)

import export
import train
from bitnet_model import BitNet, ModelConfig, int8_codes, ternary_codes

MODEL = {"hidden": 256, "ffn": 256, "layers": 2, "heads": 4, "kv_heads": 2, "context": 64}
RECIPE = {"seed": 3, "tokenizer": {"vocab": 512}, "model": MODEL,
          "training": {"steps": 6, "batch_tokens": 128, "warmup_steps": 2, "peak_lr": [0.01, 0.005], "weight_decay": [0.1, 0.0],
                       "row_tokens": [32, 64], "optimizer": "muon"}}


def stage(script, *arguments, limit=None):
    def limit_file_size():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run([sys.executable, TRAINING / f"{script}.py", *map(str, arguments)], capture_output=True, text=True,
                          preexec_fn=limit_file_size if limit else None, env=dict(os.environ, CUDA_VISIBLE_DEVICES=""))


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        (cls.root / "clean").mkdir()
        draw = random.Random(5)
        words = ["".join(draw.choice("bdfglmnprst") + draw.choice("aeiou") for _ in range(draw.randint(1, 4))) for _ in range(300)]
        for name, count in (("train", 400), ("held_out", 40), ("held_out_tales", 40)):
            with lzma.open(cls.root / "clean" / f"{name}.jsonl.xz", "wt") as file:
                for _ in range(count):
                    text = " ".join(draw.choice(words) for _ in range(40)) + "."
                    print(json.dumps({"kind": "story", "source": "tales", "request": "Write.", "answer": text}), file=file)
        made = stage("tokens", "--clean", cls.root / "clean", "--out", cls.root / "tokens", "--vocab", 512)
        assert made.returncode == 0, made.stderr
        (cls.root / "recipe.json").write_text(json.dumps(RECIPE))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def train(self, out, *more, recipe="recipe.json", limit=None, compiled=False):
        return stage("train", "--recipe", self.root / recipe, "--tokens", self.root / "tokens", "--out", self.root / out,
                     "--evaluate-every", 3, *more, *([] if compiled else ["--no-compile"]), limit=limit)

    def refused(self, run, *parts):
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertEqual(len(run.stderr.strip().splitlines()), 1, run.stderr)
        for part in parts:
            self.assertIn(part, run.stderr)

    def losses(self, out):
        return (self.root / out / "losses.jsonl").read_text()

    def test_a_resumed_run_gives_the_same_losses_and_learns(self):
        self.assertEqual(self.train("whole").returncode, 0)
        for _ in range(12):  # --seconds 0.001 ends behind the first step
            part = self.train("parts", "--seconds", 0.001)
            self.assertEqual(part.returncode, 0, part.stderr)
            if part.stdout.endswith("done\n"):
                break
        self.assertEqual(self.losses("whole"), self.losses("parts"))
        rows = [json.loads(line) for line in self.losses("whole").splitlines()]
        train_losses = [row["loss"] for row in rows if "loss" in row]
        self.assertEqual(len(train_losses), 6)
        self.assertLess(train_losses[-1], train_losses[0] - 0.3)
        self.assertEqual([row["step"] for row in rows if "held_out" in row], [3, 6])

    def test_a_compiled_run_resumes_with_the_same_losses(self):
        # Where torch.compile adds up the embedding's gradient in parallel, only a fixed order gives the same sums.
        self.assertEqual(self.train("compiled", compiled=True).returncode, 0)
        for seconds in (0.001, 600):
            run = self.train("compiled_parts", "--seconds", seconds, compiled=True)
            self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.losses("compiled"), self.losses("compiled_parts"))

    def test_a_log_that_is_ahead_of_the_checkpoint_is_cut(self):
        self.assertEqual(self.train("cut").returncode, 0)
        with open(self.root / "cut" / "losses.jsonl", "a") as file:
            file.write('{"step": 7, "loss": 1.0}\n')
        self.assertEqual(self.train("cut").returncode, 0)
        self.assertNotIn('"step": 7', self.losses("cut"))

    def test_wrong_recipes_are_refused(self):
        for change, parts in ((("model", "heads", 3), ("model.hidden 256", "3 heads")), (("model", "kv_heads", 3), ("kv_heads 3",)),
                              (("model", "ffn", 300), ("model.ffn 300", "256")), (("training", "batch_tokens", 100), ("batch_tokens 100",)),
                              (("training", "row_tokens", [32, 128]), ("row_tokens",)), (("training", "optimizer", "sgd"), ("optimizer",)),
                              (("model", "layers", "two"), ("model.layers",)), (("tokenizer", "vocab", 300), ("id", "300"))):
            recipe = json.loads(json.dumps(RECIPE))
            recipe[change[0]][change[1]] = change[2]
            (self.root / "wrong.json").write_text(json.dumps(recipe))
            with self.subTest(change=change):
                self.refused(self.train("wrong", recipe="wrong.json"), *parts)
        (self.root / "wrong.json").write_text("{")
        self.refused(self.train("wrong", recipe="wrong.json"), "wrong.json")

    def test_empty_and_non_utf8_text_is_refused(self):
        for name, content, part in (("empty", b"", "no text"), ("latin", '{"request": "a", "answer": "\xe9"}'.encode("latin1"), "UTF-8"),
                                    ("lists", b"[]\n", "line 1")):
            folder = self.root / name
            folder.mkdir()
            for part_name in ("train", "held_out", "held_out_tales"):
                with lzma.open(folder / f"{part_name}.jsonl.xz", "wb") as file:
                    file.write(content)
            with self.subTest(name):
                self.refused(stage("tokens", "--clean", folder, "--out", self.root / "none"), "train.jsonl.xz", part)
        (folder / "train.jsonl.xz").write_bytes(b"no xz")
        self.refused(stage("tokens", "--clean", folder, "--out", self.root / "none"), "train.jsonl.xz", "damaged")

    def test_a_full_disk_leaves_the_last_checkpoint(self):
        self.assertEqual(self.train("full", "--seconds", 0.001).returncode, 0)
        before = (self.root / "full" / "checkpoint.pt").read_bytes()
        self.refused(self.train("full", limit=len(before) // 2), "File too large")
        self.assertEqual((self.root / "full" / "checkpoint.pt").read_bytes(), before)
        self.assertEqual(self.train("full").returncode, 0)
        self.assertEqual(sorted(path.name for path in (self.root / "full").iterdir()), ["checkpoint.pt", "losses.jsonl"])

    def test_another_recipe_does_not_go_on(self):
        self.assertEqual(self.train("other").returncode, 0)
        (self.root / "changed.json").write_text(json.dumps(dict(RECIPE, seed=4)))
        self.refused(self.train("other", recipe="changed.json"), "another recipe")

    def test_bf16_learns_too(self):
        run = self.train("bf16", "--bf16")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotEqual(self.losses("bf16"), "")

    def test_the_gradient_is_that_of_the_quantized_product(self):
        generator = torch.Generator().manual_seed(2)
        x = torch.randn(8, 256, generator=generator, requires_grad=True)
        weight = torch.randn(32, 256, generator=generator, requires_grad=True)
        from bitnet_model import StraightThrough
        y = StraightThrough.apply(x, weight)
        codes, scale = ternary_codes(weight.detach())
        inputs, step = int8_codes(x.detach())
        plain_x = (inputs * step).requires_grad_()
        plain_weight = (codes * scale).requires_grad_()
        plain = plain_x @ plain_weight.t()
        torch.testing.assert_close(y, plain, atol=1e-3, rtol=1e-2)  # the product's sum is rounded to bf16
        upstream = torch.randn(8, 32, generator=generator)
        y.backward(upstream)
        plain.backward(upstream)
        torch.testing.assert_close(x.grad, plain_x.grad, atol=0.15, rtol=2e-2)
        torch.testing.assert_close(weight.grad, plain_weight.grad, atol=0.15, rtol=2e-2)

    def test_transformers_gives_the_same_logits(self):
        try:
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as error:
            self.skipTest(f"{error}; the comparison needs transformers")
        self.assertEqual(self.train("export").returncode, 0)
        export.export(self.root / "export" / "checkpoint.pt", self.root / "tokens" / "tokenizer.json", self.root / "hf")
        masters = load_file(self.root / "hf" / "masters" / "model.safetensors")
        self.assertEqual({weight.dtype for weight in masters.values()}, {torch.bfloat16})
        ours = BitNet(ModelConfig(vocab=512, **MODEL), torch.float32)
        ours.load_state_dict({name: weight.float() for name, weight in masters.items()})
        ids = torch.randint(0, 512, (2, 48), generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            expected = ours(ids)
            for name in ("masters", "packed"):
                model = AutoModelForCausalLM.from_pretrained(self.root / "hf" / name, dtype=torch.float32).eval()
                # Ours multiplies bf16 codes and rounds the product; theirs stays in float32.
                difference = (model(ids).logits - expected).abs().max() / expected.abs().max()
                self.assertLess(difference, 0.05, name)
                if name == "packed":
                    # An activation that lies between two int8 codes may go either way.
                    self.assertLess((model(ids).logits - first).abs().max(), 0.01 * expected.abs().max())
                first = model(ids).logits
        self.compare_with_bitnet(ids[0], first[0])
        tokenizer = AutoTokenizer.from_pretrained(self.root / "hf" / "packed")
        chat = tokenizer.apply_chat_template([{"role": "user", "content": "Hello"}], add_generation_prompt=True, tokenize=False)
        self.assertEqual(chat, "<|endoftext|><|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n")

    def compare_with_bitnet(self, ids, expected):
        """Both directories give the same bits in `bitnet`, and the logits of transformers but for a few int8 roundings."""
        if not PROGRAM.exists():
            self.skipTest(f"{PROGRAM} is not built; the comparison needs it")
        logits = {}
        for name in ("masters", "packed"):
            out = self.root / f"{name}.safetensors"
            run = subprocess.run([PROGRAM, "logits", "-m", self.root / "hf" / name, "--kv-type", "f32", "--out", out, "--ids",
                                  ",".join(map(str, ids.tolist()))], capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
            logits[name] = load_file(out)["logits"]
        self.assertTrue(torch.equal(logits["masters"], logits["packed"]))
        error = (logits["packed"] - expected).square().sum() / expected.square().sum()
        self.assertLess(error, 1e-3)


if __name__ == "__main__":
    unittest.main()
