#!/usr/bin/env python3
"""Trains the tokenizer on the cleaned texts and turns them into ids.

Byte-level BPE behind GPT-2's splitting with single digits, as SmolLM2 has it. OUT/tokenizer.json, and train.npy,
held_out.npy, held_out_tales.npy with uint16 ids: documents one behind the other, each <|endoftext|> ... <|im_end|>.
"""
import argparse
import os
import pathlib
import random
import sys

import numpy
import tokenizers
from tokenizers import decoders, models, pre_tokenizers, processors, trainers

import corpus

BEGIN, TURN, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = [BEGIN, TURN, END]  # ids 0, 1, 2
CHAT_TEMPLATE = ("{{ bos_token }}{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + "
                 "'<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def chat(turns):
    """The conversation as CHAT_TEMPLATE writes it, for (request, answer) pairs, without what ends the document."""
    text = "".join(f"{TURN}user\n{request}{END}\n{TURN}assistant\n{answer}{END}\n" for request, answer in turns)
    return text.removesuffix(END + "\n")


def documents(rows, draw):
    """Texts to train on: half the stories alone, the rest as answers in a chat, questions up to four in one chat."""
    questions = []
    for row in rows:
        if row["kind"] == "story" and draw.random() < 0.5:
            yield row["answer"]
        elif row["kind"] == "question":
            questions.append((row["request"], row["answer"]))
            if len(questions) >= draw.choice((1, 2, 3, 4)):
                yield chat(questions)
                questions = []
        else:
            yield chat([(row["request"], row["answer"])])
    if questions:
        yield chat(questions)


def train_tokenizer(texts, vocab):
    if not 512 <= vocab <= 65536:
        raise corpus.BadInput(f"tokenizer.vocab {vocab}: take 512 to 65536")
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                       pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(single=BEGIN + " $A", pair=f"{BEGIN} $A {BEGIN} $B",
                                                             special_tokens=[(BEGIN, 0)])
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=vocab, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    if tokenizer.get_vocab_size() != vocab:
        raise corpus.BadInput(f"the texts give only {tokenizer.get_vocab_size()} of {vocab} tokens: more text is needed, "
                              "or a smaller tokenizer.vocab in the recipe")
    return tokenizer


def encode(tokenizer, texts):
    end = tokenizer.token_to_id(END)
    parts, batch = [], []

    def flush():
        parts.extend(numpy.array(encoding.ids + [end], dtype=numpy.uint16) for encoding in tokenizer.encode_batch_fast(batch))
        batch.clear()

    for text in texts:
        batch.append(text)
        if len(batch) == 4096:
            flush()
    flush()
    return numpy.concatenate(parts) if parts else numpy.zeros(0, numpy.uint16)


def write_ids(path, ids):
    part = path.with_suffix(".part")
    try:
        with open(part, "wb") as file:
            numpy.save(file, ids)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def make(clean, out, vocab, seed):
    out.mkdir(parents=True, exist_ok=True)
    sets = {}
    for name in ("train", "held_out", "held_out_tales"):
        sets[name] = list(documents(corpus.read_texts(clean / f"{name}.jsonl.xz"), random.Random(f"{seed} {name}")))
    if not sets["train"]:
        raise corpus.BadInput(f"{clean / 'train.jsonl.xz'}: holds no text; run clean.py on more raw text")
    path = out / "tokenizer.json"
    sample = random.Random(seed).sample(sets["train"], min(len(sets["train"]), 60000))
    tokenizer = train_tokenizer(sample, vocab)
    tokenizer.save(str(path))
    counts = {}
    for name, texts in sets.items():
        ids = encode(tokenizer, texts)
        write_ids(out / f"{name}.npy", ids)
        counts[name] = (len(texts), len(ids), sum(map(len, texts)))
    return counts


def main(arguments):
    parser = argparse.ArgumentParser(prog="tokens", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clean", type=pathlib.Path, required=True, metavar="FOLDER", help="clean.py's")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="FOLDER")
    parser.add_argument("--vocab", type=int, default=4096, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        counts = make(options.clean, options.out, options.vocab, options.seed)
    except (corpus.BadInput, OSError) as error:
        sys.exit(f"tokens: {error}")
    for name, (texts, ids, characters) in counts.items():
        print(f"{name}: {texts} documents, {ids} tokens, {characters / max(ids, 1):.2f} characters a token")


if __name__ == "__main__":
    main(sys.argv[1:])
