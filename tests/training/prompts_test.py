"""The requests that the training text is written from."""
import collections
import pathlib
import random
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "training"))
import prompts


class Requests(unittest.TestCase):
    def test_a_seed_gives_the_same_requests(self):
        drawn = [[prompts.request(draw) for _ in range(50)] for draw in (random.Random("1 0"), random.Random("1 0"))]
        self.assertEqual(drawn[0], drawn[1])

    def test_requests_differ_and_are_whole_sentences(self):
        draw = random.Random(5)
        requests = [prompts.request(draw) for _ in range(5000)]
        stories = [text for kind, text in requests if kind == "story"]
        self.assertGreater(len(set(stories)), 0.999 * len(stories))
        for _, text in requests:
            self.assertNotRegex(text, r"[{}|\n]|  ")
            self.assertRegex(text, r'[.?]"?\.?$')

    def test_kinds_come_in_their_shares(self):
        draw = random.Random(6)
        counts = collections.Counter(prompts.request(draw)[0] for _ in range(20000))
        for kind, (_, share) in prompts.KINDS.items():
            self.assertAlmostEqual(counts[kind] / 20000, share, delta=0.02)


if __name__ == "__main__":
    unittest.main()
