#!/usr/bin/env python3
"""Keeps the better part of the raw text, adds composed tales, sets texts aside for evaluation.

From folders of raw shards (generate.py) and the tales of tales/ to OUT/train.jsonl.xz, OUT/held_out.jsonl.xz (the
instruct model's) and OUT/held_out_tales.jsonl.xz; OUT/report.json says how many texts each rule dropped.
"""
import argparse
import hashlib
import json
import pathlib
import random
import re
import sys
from collections import Counter

import corpus
import tales

WORDS = re.compile(r"[A-Za-z']+")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"']?\s+")
# Words that a model writes about its text or about the wrong world, not in a story for children.
FOREIGN = re.compile(r"\b(as an ai|language model|in this (story|conversation|dialogue)|here'?s (a|an|the)|title:|narrator|"
                     r"word count|the (story|moral) of|prompt|rewrite|sex\w*|kill\w*|murder\w*|blood\w*|gun|guns|drug\w*|"
                     r"alcohol|suicid\w*|corpse|dead body)\b", re.IGNORECASE)
COMMON = frozenset("the a an and to of in was it is that he she they i you with for on his her their had but so as at all be "
                   "one when who from not this are there what can have my your me him by up out do we if were said then like "
                   "about or how them would could no some little very know day time see because into just".split())
HERO = re.compile(r"\bnamed ([A-Z][a-z]+)")
MIN_WORDS = {"story": 60, "conversation": 25, "question": 5}
MAX_WORDS = 420
COPIES = 12  # of a composed question with one answer: the model shall know greetings and the like by heart


def reason_to_drop(row, seen_sentences):
    """None for a text to keep. seen_sentences counts long sentences over all kept texts."""
    text, kind = row["answer"], row["kind"]
    words = [word.lower() for word in WORDS.findall(text)]
    if not MIN_WORDS[kind] <= len(words) <= MAX_WORDS:
        return "length"
    if text.rstrip()[-1] not in '.!?"\'':
        return "unfinished"
    if sum(not (" " <= c <= "~" or c in "\n") for c in text) > 0:
        return "characters"
    common = sum(word in COMMON for word in words) / len(words)
    if common < (0.3 if kind == "story" else 0.2):
        return "language"
    if FOREIGN.search(text):
        return "foreign"
    grams = Counter(zip(words, words[1:], words[2:], words[3:]))
    if sum(count - 1 for count in grams.values()) > 0.06 * max(len(words), 1):
        return "repetition"
    sentences = [part.strip().lower() for part in SENTENCE_END.split(text)]
    if len(set(sentences)) < len(sentences) - 1 or max(len(part.split()) for part in sentences) > 55:
        return "sentences"
    if kind == "story":
        hero = HERO.search(row["request"])
        if hero and text.count(hero.group(1)) < 2:
            return "hero lost"
    if kind == "conversation":
        names = HERO.findall(row["request"])
        speakers = {line.split(":")[0] for line in text.split("\n") if ":" in line[:24]}
        if any(name not in speakers for name in names) or len(speakers) > 2 or len(speakers) < 2:
            return "speakers"
    keys = [hash_of(part) for part in sentences if len(part.split()) >= 8]
    if keys and sum(seen_sentences[key] > 2 for key in keys) > 0.5 * len(keys):
        return "near duplicate"
    seen_sentences.update(keys)
    return None


def hash_of(text):
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def tidy(text):
    """Typographic marks to ASCII, markdown emphasis and runs of blanks away."""
    for marks, plain in (("“”", '"'), ("‘’", "'"), ("–—", "-")):
        for mark in marks:
            text = text.replace(mark, plain)
    text = text.replace("…", "...").replace("\r", "").replace("**", "").replace(" - ", ", ")
    text = re.sub(r"[ \t]+", " ", text)
    return re.sub(r" ?\n ?", "\n", re.sub(r"\n{2,}", "\n\n", text)).strip()


def raw_rows(folders):
    paths = sorted(path for folder in folders for path in folder.glob("*.jsonl.xz"))
    if not paths:
        raise corpus.BadInput(f"{', '.join(map(str, folders))}: holds no *.jsonl.xz; generate.py writes them")
    for path in paths:
        yield from corpus.read_texts(path)


def cleaned(folders, report):
    seen, sentences = set(), Counter()
    for row in raw_rows(folders):
        report["read"] += 1
        row["answer"] = tidy(row["answer"])
        key = hash_of(" ".join(WORDS.findall(row["answer"].lower())))
        reason = "empty" if not row["answer"] else "duplicate" if key in seen else reason_to_drop(row, sentences)
        seen.add(key)
        if reason is None:
            report["kept"] += 1
            yield dict(row, source="model")
        else:
            report["dropped: " + reason] += 1


def composed(count, seed, report):
    seen = Counter()
    for number in range(count):
        kind, request, text = tales.tale(random.Random(f"{seed} {number}"))
        key = hash_of(text if kind != "question" else request + text)
        seen[key] += 1
        if seen[key] > (COPIES if kind == "question" else 1):
            report["tales dropped: duplicate"] += 1
            continue
        report["tales kept"] += 1
        yield {"kind": kind, "request": request, "answer": text, "source": "tales"}


def clean(folders, out, tale_count, held_out, seed):
    report = Counter()
    rows = list(cleaned(folders, report)) + list(composed(tale_count, seed, report))
    if not rows:
        raise corpus.BadInput(f"nothing is left of {report['read']} texts; the report says why: {dict(report)}")
    aside = {"model": [], "tales": []}
    train = []
    for row in rows:
        share = hash_of(row["request"] + "\n" + row["answer"]) / 2.0 ** 64
        (aside[row["source"]] if share < held_out else train).append(row)
    random.Random(seed).shuffle(train)
    out.mkdir(parents=True, exist_ok=True)
    corpus.write_texts(out / "held_out.jsonl.xz", aside["model"])
    corpus.write_texts(out / "held_out_tales.jsonl.xz", aside["tales"])
    corpus.write_texts(out / "train.jsonl.xz", train)
    report.update({"train": len(train), "held out": len(aside["model"]), "held out tales": len(aside["tales"]),
                   "characters": sum(len(row["answer"]) for row in train)})
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    return report


def main(arguments):
    parser = argparse.ArgumentParser(prog="clean", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", type=pathlib.Path, action="append", required=True, metavar="FOLDER", help="may be repeated")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="FOLDER")
    parser.add_argument("--tales", type=int, default=120000, metavar="N")
    parser.add_argument("--held-out", type=float, default=0.005, metavar="SHARE")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        report = clean(options.raw, options.out, options.tales, options.held_out, options.seed)
    except (corpus.BadInput, OSError) as error:
        sys.exit(f"clean: {error}")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
