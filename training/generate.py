#!/usr/bin/env python3
"""Writes raw training text with an instruct model: shards of JSON lines {"kind","request","answer"}.

A shard is one batch on the GPU. It depends on the seed and its number alone, is written under another name first, and
is left as it is where it exists: run the same command again to go on.
"""
import argparse
import json
import lzma
import os
import pathlib
import random
import sys
import time

import prompts
import teacher


def shard_range(text):
    first, end = map(int, text.split(":"))
    if not 0 <= first < end:
        raise ValueError
    return range(first, end)


def positive(text):
    if int(text) < 1:
        raise ValueError
    return int(text)


def main(arguments):
    parser = argparse.ArgumentParser(prog="generate", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True, metavar="FILE.gguf", help="scripts/fetch-smollm2 prints one")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="FOLDER")
    parser.add_argument("--shards", type=shard_range, required=True, metavar="FIRST:END",
                        help="such as 0:40; a shard has about 700,000 tokens")
    parser.add_argument("--rows", type=positive, default=3072, metavar="N", help="texts at once [3072]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="S", help="start no shard after S seconds")
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args(arguments)
    if not options.model.is_file():
        parser.error(f"{options.model}: no such file; scripts/fetch-smollm2 prints one")
    options.out.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    model = teacher.Teacher(options.model.parent, options.model.name, options.device)
    sampling = teacher.Sampling()
    print(f"model loaded in {time.monotonic() - start:.1f} s", flush=True)
    for shard in options.shards:
        path = options.out / f"{shard:05}.jsonl.xz"
        if path.exists():
            continue
        if time.monotonic() - start > options.seconds:
            break
        begin = time.monotonic()
        draw = random.Random(f"{options.seed} {shard}")
        requests = [prompts.request(draw) for _ in range(options.rows)]
        ids = model.prompts([text for _, text in requests])
        drawn = time.monotonic()
        answers = model.write(ids, sampling, options.seed * 100000 + shard)
        written = time.monotonic()
        texts = model.tokenizer.batch_decode([answer or [] for answer in answers])
        part = path.with_suffix(".part")
        with lzma.open(part, "wt", encoding="utf-8", preset=2) as file:
            for (kind, request), answer, text in zip(requests, answers, texts):
                if answer is not None:
                    print(json.dumps({"kind": kind, "request": request, "answer": text}, ensure_ascii=False), file=file)
        os.replace(part, path)
        count = sum(len(answer) for answer in answers if answer is not None)
        print(f"shard {shard}: {sum(answer is not None for answer in answers)} texts, {count} tokens; requests {drawn - begin:.1f} s, "
              f"model {written - drawn:.1f} s ({count / (written - drawn):.0f} tokens/s), text {time.monotonic() - written:.1f} s",
              flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
