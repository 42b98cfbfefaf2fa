"""Texts on disk: JSON lines, xz-compressed, written whole or not at all."""
import json
import lzma
import os


class BadInput(Exception):
    """A file or setting that a person has to mend; the message says which and how."""


def read_texts(path):
    """Yields the objects of one .jsonl.xz file. BadInput where it is no such file or not UTF-8."""
    try:
        with lzma.open(path, "rt", encoding="utf-8", errors="strict") as file:
            for number, line in enumerate(file, 1):
                try:
                    row = json.loads(line)
                    if not isinstance(row["answer"], str) or not isinstance(row["request"], str):
                        raise TypeError
                except (ValueError, KeyError, TypeError):
                    raise BadInput(f"{path}: line {number} is no JSON object with texts \"request\" and \"answer\"") from None
                yield row
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: is not UTF-8 ({error.reason}); write the file again") from None
    except (lzma.LZMAError, EOFError):
        raise BadInput(f"{path}: is damaged or no .xz file; remove it and run the stage before again") from None


def write_texts(path, rows):
    """Returns how many rows were written."""
    part = path.with_name(path.name + ".part")
    count = 0
    try:
        with lzma.open(part, "wt", encoding="utf-8", preset=1) as file:
            for row in rows:
                print(json.dumps(row, ensure_ascii=False), file=file)
                count += 1
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count
