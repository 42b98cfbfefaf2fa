"""The small template language of the tales, and the plots written in it.

A template is text with `{key}` (a value of the state; `{Key}` the same with a capital) and `[one|two|]` (one of them).
A line may begin with conditions: `?sea !child: text` is used only where the tag sea is set and child is not.
A plot is a text of beats. `# beat` starts one, `## beat` one that may start a paragraph; behind it stand a chance in \
per
cent and conditions, if any. Every further line is one way to say the beat.
"""
import re

TOKEN = re.compile(r"[\[\]|]|\{\w+\}|[^\[\]|{}]+")
CONDITIONS = re.compile(r"\?([\w !]+): *")


def _alternatives(tokens):
    """Reads up to the closing bracket: a list of alternatives, each a list of parts."""
    found, parts = [], []
    for token in tokens:
        if token == "[":
            parts.append(tuple(_alternatives(tokens)))
        elif token == "|":
            found.append(parts)
            parts = []
        elif token == "]":
            found.append(parts)
            return found
        elif token[0] == "{":
            key = token[1:-1]
            parts.append([key[0].lower() + key[1:], key[0].isupper()])
        else:
            parts.append(token)
    found.append(parts)
    return found


def compiled(text):
    """The parts of a template: text, [key, capital] or a tuple of alternatives."""
    if "".join(TOKEN.findall(text)) != text or text.count("[") != text.count("]"):
        raise ValueError(f"not a template: {text}")
    found = _alternatives(iter(TOKEN.findall(text)))
    if len(found) != 1:
        raise ValueError(f"a bar outside of brackets: {text}")
    return found[0]


def _render(parts, state, draw, out):
    for part in parts:
        if part.__class__ is str:
            out.append(part)
        elif part.__class__ is tuple:
            _render(part[int(draw.random() * len(part))], state, draw, out)
        else:
            value = state[part[0]]
            if value.__class__ is list:
                value = value[int(draw.random() * len(value))]
            out.append(value[0].upper() + value[1:] if part[1] else value)


def rendered(parts, state, draw):
    out = []
    _render(parts, state, draw, out)
    return "".join(out)


def conditions(text):
    """(tags that must be set, tags that must not) of `sea !child`."""
    words = text.split()
    return [word for word in words if word[0] != "!"], [word[1:] for word in words if word[0] == "!"]


def holds(condition, tags):
    need, without = condition
    return all(tag in tags for tag in need) and not any(tag in tags for tag in without)


class Lines:
    """The ways to say one thing."""

    def __init__(self, lines):
        self.ways = []
        for line in lines:
            match = CONDITIONS.match(line)
            condition = conditions(match[1]) if match else ([], [])
            self.ways.append((condition, compiled(line[match.end() if match else 0:].strip())))
        self.plain = [parts for condition, parts in self.ways if condition == ([], [])]
        if len(self.plain) != len(self.ways):
            self.plain = None

    def say(self, state, draw, tags):
        """One of the ways that fit; None where none does."""
        ways = self.plain or [parts for condition, parts in self.ways if holds(condition, tags)]
        return rendered(ways[int(draw.random() * len(ways))], state, draw) if ways else None


def lines(text):
    return Lines(line for line in text.strip().split("\n") if line.strip())


class Beat:
    def __init__(self, header, ways):
        match = re.fullmatch(r"(##?) ([\w -]+?)(?: (\d+))?(?: \?([\w !]+))?", header.strip())
        if not match:
            raise ValueError(f"not a beat: {header}")
        self.paragraph = match[1] == "##"
        self.name = match[2]
        self.chance = int(match[3] or 100) / 100
        self.condition = conditions(match[4] or "")
        self.lines = Lines(ways)


def beats(text):
    found = []
    for block in re.split(r"\n(?=#)", text.strip()):
        header, *ways = [line for line in block.split("\n") if line.strip()]
        if not ways:
            raise ValueError(f"an empty beat: {header}")
        found.append(Beat(header, ways))
    return found


class Plot:
    """A plot: who may be its hero, what it is about, what is drawn for it, and its beats.

    cast: groups of heroes, the more often named the more often drawn; about: themes for the request; who: clauses for
    the request; draws: groups of dictionaries, one of each group joins the state (`if`: conditions, `tags`: tags to \
set,
    all else templates); hook: openings of this plot alone; objects: tags of the object it needs, if it needs one.
    """

    def __init__(self, name, cast, about, who, text, draws=(), hook="", objects=""):
        self.name = name
        self.cast = cast.split()
        self.about = Lines(about.split("|"))
        self.who = Lines(who.split("|"))
        self.draws = [[(conditions(one.get("if", "")), one.get("tags", "").split(),
                        {key: compiled(value) for key, value in one.items() if key not in ("if", "tags")})
                       for one in group] for group in draws]
        self.hook = lines(hook) if hook else None
        self.objects = conditions(objects) if objects else None
        self.beats = beats(text)
