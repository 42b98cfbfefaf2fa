"""The tales that a grammar composes for the training text."""
import collections
import pathlib
import random
import re
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "training"))
import tales

EXCEPTIONS = {"a": ("one", "once", "use", "unicorn", "university"), "an": ("hour", "honest")}


class Tales(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        draw = random.Random(3)
        cls.drawn = [tales.tale(draw) for _ in range(20000)]

    def of(self, kind):
        return [(request, text) for found, request, text in self.drawn if found == kind]

    def test_a_seed_gives_the_same_tales(self):
        drawn = [[tales.tale(draw) for _ in range(200)] for draw in (random.Random("1 0"), random.Random("1 0"))]
        self.assertEqual(drawn[0], drawn[1])

    def test_kinds_come_in_their_shares(self):
        counts = collections.Counter(kind for kind, _, _ in self.drawn)
        for kind, share in (("story", 0.7), ("conversation", 0.12), ("question", 0.18)):
            self.assertAlmostEqual(counts[kind] / len(self.drawn), share, delta=0.02)

    def test_texts_differ(self):
        # There are fewer facts than draws: questions may come again, as they do in life.
        for kind in ("story", "conversation"):
            texts = [text for _, text in self.of(kind)]
            self.assertGreater(len(set(texts)), 0.99 * len(texts))
        self.assertGreater(len(set(self.drawn)), 0.93 * len(self.drawn))

    def test_texts_are_clean(self):
        for kind, request, text in self.drawn:
            for part in (request, text):
                self.assertNotRegex(part, r"[{}|\[\]\\]|  | [.,!?;:]|\.\.|,,|[?!],|\n\n\n| \n|\n ")
                self.assertTrue(part.isascii(), part)
                self.assertEqual(part, part.strip())
                self.assertEqual(part.count('"') % 2, 0, part)
                self.assertNotRegex(part, r"\b(the the|a a|a the|his his|her her|and and|to to)\b")
            self.assertRegex(text, r'[.!?]"?$')
            self.assertNotIn("\n", request)

    def test_sentences_begin_with_a_capital(self):
        for _, _, text in self.drawn:
            self.assertRegex(text, r'^"?[A-Z]')
            # Behind a question or a shout in quotes the sentence may go on: "Who?" asked the fox.
            self.assertIsNone(re.search(r'([a-z][.!?]|[.]")\s+"?[a-z]', text), text)

    def test_a_and_an_fit_the_word(self):
        for _, request, text in self.drawn:
            for article, word in re.findall(r"\b([Aa]n?) (\w+)", request + "\n" + text):
                vowel = word[0].lower() in "aeiou"
                if article.lower() == ("a" if vowel else "an"):
                    self.assertTrue(word.lower().startswith(EXCEPTIONS[article.lower()]), f"{article} {word}")

    def test_a_named_hero_appears(self):
        named = 0
        for request, text in self.of("story"):
            for name in re.findall(r"(?:named|called) ([A-Z]\w+)", request):
                named += 1
                self.assertIn(name, text)
        self.assertGreater(named, 1000)

    def test_lengths(self):
        words = sorted(len(text.split()) for _, text in self.of("story"))
        self.assertGreater(words[len(words) // 100], 90)
        self.assertLess(words[-len(words) // 100], 330)
        for _, text in self.of("conversation"):
            self.assertTrue(4 <= len(text.split("\n")) <= 10, text)
            self.assertTrue(all(": " in line for line in text.split("\n")))
        self.assertLess(max(len(text.split()) for _, text in self.of("question")), 70)

    def test_every_plot_can_be_told_by_everyone_in_its_cast(self):
        draw = random.Random(9)
        for plot in tales.PLOTS:
            for _ in range(150):
                request, text = tales.story(draw, plot)
                self.assertGreater(len(text.split()), 60, plot.name)
                self.assertGreater(len(request), 5)


if __name__ == "__main__":
    unittest.main()
