"""What the cleaning keeps, drops and changes."""
import collections
import json
import lzma
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
TRAINING = pathlib.Path(__file__).resolve().parents[2] / "training"
sys.path.insert(0, str(TRAINING))
import clean
import corpus

STORY = ("One day a little fox named Mia went to the river. She wanted to find a round stone for her mother. The water was cold, and "
         "she could not see the ground. \"Can you help me?\" she asked the old frog. The frog jumped in and came back with a white "
         "stone. Mia was so happy that she danced on the grass. In the evening she gave it to her mother, and they looked at the stars.")


def row(**fields):
    return {"kind": "story", "request": "Tell me a story about a fox named Mia.", "answer": STORY, **fields}


class Cleaning(unittest.TestCase):
    def reason(self, **fields):
        return clean.reason_to_drop(row(**fields), collections.Counter())

    def test_a_good_story_stays(self):
        self.assertIsNone(self.reason())

    def test_each_rule_drops_its_case(self):
        self.assertEqual(self.reason(answer="Too short."), "length")
        self.assertEqual(self.reason(answer=STORY * 8), "length")
        self.assertEqual(self.reason(answer=STORY + " And then"), "unfinished")
        self.assertEqual(self.reason(answer=STORY.replace("frog", "frög")), "characters")
        self.assertEqual(self.reason(answer=" ".join(["Lorem ipsum dolor amet consectetur elit."] * 1
                                                     + [f"word{chr(97 + i % 26)}{chr(97 + i // 26)} sit" for i in range(40)]) + "."), "language")
        self.assertEqual(self.reason(answer="As an AI, I tell you this. " + STORY), "foreign")
        self.assertEqual(self.reason(answer=STORY + " " + " ".join(["The frog jumped in and came back again."] * 4)), "repetition")
        self.assertEqual(self.reason(request="Tell me a story about a bear named Bruno."), "hero lost")
        talk = "Ann: Where is the ball that we had here?\nBen: It is under the big bed in the other room.\nAnn: Oh, I can see it. Thank you so much!"
        asked = "Write a conversation between a fox named Ann and a bear named Ben."
        self.assertIsNone(self.reason(kind="conversation", request=asked, answer=talk))
        self.assertEqual(self.reason(kind="conversation", request=asked.replace("Ben", "Tom"), answer=talk), "speakers")

    def test_much_repeated_sentences_are_near_duplicates(self):
        seen = collections.Counter()
        self.assertEqual([clean.reason_to_drop(row(), seen) for _ in range(4)], [None, None, None, "near duplicate"])

    def test_tidying_leaves_plain_text(self):
        self.assertEqual(clean.tidy("\u201cOh\u2026\u201d  she said \u2013 \u2018no\u2019.\r\n\n\n **The end** . "), "\"Oh...\" she said, 'no'.\n\nThe end .")

    def test_texts_are_set_aside_and_never_in_both(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            with lzma.open(folder / "00000.jsonl.xz", "wt") as file:
                for _ in range(2):  # the second time they are duplicates
                    print(json.dumps(row()), file=file)
            reports = [clean.clean([folder], folder / out, 400, 0.2, 1) for out in ("a", "b")]
            self.assertEqual(reports[0], reports[1])
            self.assertEqual(reports[0]["dropped: duplicate"], 1)
            sets = {part: [r["request"] + r["answer"] for r in corpus.read_texts(folder / "a" / f"{part}.jsonl.xz")]
                    for part in ("train", "held_out", "held_out_tales")}
            self.assertFalse(set(sets["train"]) & set(sets["held_out"] + sets["held_out_tales"]))
            self.assertGreater(len(sets["held_out_tales"]), 30)
            for part in ("train", "held_out", "held_out_tales"):
                self.assertEqual((folder / "a" / f"{part}.jsonl.xz").read_bytes(), (folder / "b" / f"{part}.jsonl.xz").read_bytes())

    def test_a_folder_without_text_is_refused(self):
        with tempfile.TemporaryDirectory() as name:
            run = subprocess.run([sys.executable, TRAINING / "clean.py", "--raw", name, "--out", name], capture_output=True, text=True)
            self.assertEqual(run.returncode, 1)
            self.assertIn("holds no *.jsonl.xz", run.stderr)


if __name__ == "__main__":
    unittest.main()
