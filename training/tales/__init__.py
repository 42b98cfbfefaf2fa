"""Short coherent tales for children, conversations and answers, composed from a grammar.

Texts of a small instruct model are fluent but lose their thread. In these a hero, a wish and an ending belong together,
since every sentence is written for its place in a plot and filled from one state.
"""
import random
import re

from . import answers, cast, grammar, openings, plots_a, plots_b, plots_c, plots_d, talk

PLOTS = plots_a.PLOTS + plots_b.PLOTS + plots_c.PLOTS + plots_d.PLOTS
ARTICLE = re.compile(r"\b([Aa])n? (?=(\w+))")
# Words that do not sound as they are spelled, as far as the tales use them.
VOWEL_SOUND = ("hour", "honest")
# After an end in a later time no line about the evening of the same day fits.
LATER = re.compile(r"[Ss]ince|From|[Nn]ow|night|evening|sleep|year|week|later|never|next|month|today|always|morning|"
                   r"spring|autumn|bed|Sometimes")
CONSONANT_SOUND = ("one", "once", "use", "unicorn", "university")

FORMS = ["Write a short story about {who}.", "Tell me a story about {who}.", "Write a story about {who}.",
         "Tell a story about {who}.", "Can you tell me a story about {who}?", "Write a bedtime story about {who}.",
         "I would like to hear a story about {who}.", "Please write a story about {who}.",
         "A story about {who}, please.",
         "Write a little story for children about {who}.", "Make up a story about {who}.", "story about {who}",
         "tell me a story about {who}", "Could you write a short story about {who}?",
         "Write a children's story about {who}.",
         "Please tell me a short story about {who}."]
PLAIN = ["Write a story.", "Tell me a story.", "Write a short story.", "Tell me a short story.",
         "A bedtime story, please.",
         "Can you tell me a story?", "Write a story for children.", "Tell me a bedtime story.", "A story, please.",
         "tell me a story",
         "I want to hear a story.", "Please tell me a story.", "Do you know a story?",
         "Write a short story for a small child.",
         "Tell a story.", "Write something nice for children.", "Make up a story for me."]

GIFTS = ["red scarf", "little drum", "silver bell", "picture book", "round stone with a heart on it", "golden whistle",
         "warm blanket", "blue hat"]
SEA_GIFTS = ["pink pearl", "silver shell", "necklace of tiny shells", "round white stone"]


def articles(text):
    """The right one of a and an before every word."""
    def right(match):
        word = match[2].lower()
        vowel = word.startswith(VOWEL_SOUND) or word[0] in "aeiou" and not word.startswith(CONSONANT_SOUND)
        return match[1] + ("n " if vowel else " ")
    return ARTICLE.sub(right, text)


def introduced(text, state):
    """The friend is called a friend where the text first names somebody whom it has not introduced."""
    first = re.search(rf"\b{state['f']}\b", text)
    if not first or state["fkind"] in text[max(0, first.start() - 70):first.end() + 70]:
        return text
    before = text[:first.start()]
    if before.count('"') % 2:
        return text
    his = state["his"]
    start = not before or before.endswith(("\n", ". ", "! ", "? ", '." '))
    return before + (his.capitalize() if start else his) + " friend " + text[first.start():]


def _draws(draw, plot, state, tags):
    for group in plot.draws:
        _, more, values = draw.choice([one for one in group if grammar.holds(one[0], tags)])
        tags.update(more)
        for key, parts in values.items():
            state[key] = grammar.rendered(parts, state, draw)
    for key in ("made", "vase", "small", "baby"):
        if key in state:
            state["a_" + key] = cast.article(state[key])
    state["a_gift"] = cast.article(draw.choice(GIFTS if "land" in tags else SEA_GIFTS))


def _request(draw, plot, state, tags, text):
    form = draw.random()
    if form < 0.12:
        return draw.choice(PLAIN)
    kind = cast.article(state["kind"])
    if form < 0.27:
        who = draw.choice([kind, state["ah"], kind + state["named"], state["ah"] + state["named"]])
    elif form < 0.42:
        who = plot.about.say(state, draw, tags)
    elif form < 0.52:
        who = draw.choice([f"{kind} and {state['afkind']}", f"{kind}{state['named']} and {state['af']}"])
        if not re.search(rf"\b{state['f']}\b", text):
            who = kind + state["named"]
    else:
        clause = plot.who.say(state, draw, tags)
        if form < 0.92:
            who = f"{draw.choice([kind, state['ah'], kind + state['named'], state['ah'] + state['named']])} {clause}"
        else:
            who = f"{state['name']} the {state['kind']} {clause}" if state["named"] else f"{kind} {clause}"
    asked = draw.choice(FORMS).format(who=who)
    extra = draw.random()
    if extra < 0.08:
        more = 'Begin with "Once upon a time".' if text.startswith("Once upon a time") else ""
    elif extra < 0.16:
        more = f"It happens {state['in']}." if state["in"].lower() in text.lower() else ""
    elif extra < 0.24:
        more = f"There should be {state['ao']} in it." if "o" in state else ""
    else:
        more = draw.choice(["Use simple words.", "It should end well.", "Keep it short."]) if extra < 0.32 else ""
    return f"{asked if asked[-1] in '.?' else asked + '.'} {more}" if more else asked


def story(draw, plot=None):
    """(request, text) of a tale with a plot, drawn where none is given."""
    plot = plot or draw.choice(PLOTS)
    state, tags = cast.cast(draw, plot, plot.cast)
    tags.add("plot_" + plot.name)
    _draws(draw, plot, state, tags)
    begin = draw.random()
    once = begin < 0.34
    paragraphs = draw.random() < 0.5
    if once:
        opening = openings.ONCE.say(state, draw, tags)
    elif begin > 0.9 and plot.hook:
        opening = plot.hook.say(state, draw, tags)
    else:
        opening = openings.OTHER.say(state, draw, tags)
    said = [opening]
    if draw.random() < 0.4:
        more = openings.MORE.say(state, draw, tags)
        if more not in opening and state["look"] not in opening:
            said.append(" " + more)
    for beat in plot.beats:
        if beat.chance < 1 and draw.random() >= beat.chance or not grammar.holds(beat.condition, tags):
            continue
        text = beat.lines.say(state, draw, tags)
        if text:
            said.append(("\n\n" if beat.paragraph and paragraphs else " ") + text)
    if draw.random() < 0.3:
        close = openings.CLOSE if "thing" in tags or LATER.search(said[-1]) else openings.CLOSE_DAY
        said.append(" " + close.say(state, draw, tags))
    text = articles(introduced("".join(said), state))
    return articles(_request(draw, plot, state, tags, text)), text


def tale(draw: random.Random) -> tuple[str, str, str]:
    """(kind, request, text) of one text."""
    share = draw.random()
    if share < 0.7:
        return "story", *story(draw)
    if share < 0.82:
        return "conversation", *talk.conversation(draw)
    return "question", *answers.question(draw)
