"""Draws who and what a tale is about: the state that its templates are filled from."""
from . import people, worlds

OBJECTS = [(name, use, used, frozenset(tags.split())) for name, use, used, tags in worlds.OBJECTS]


THINGS = {"cloud": ("sky", "place in the sky", "a round white belly"),
          "star": ("night", "place in the sky", "five points"),
          "snowman": ("winter", "place in the garden", "a carrot nose")}


def article(noun):
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def plural(noun):
    return {"foot": "feet", "hoof": "hooves", "": "legs"}.get(noun, noun + "s")


def name_for(draw, pronoun, robot=False):
    if robot:
        return draw.choice(people.ROBOTS)
    return draw.choice(people.BOYS if pronoun == "he" else people.GIRLS if pronoun == "she" else people.ROBOTS)


def pronouns(state, prefix, pronoun):
    for key, value in zip(("he", "him", "his", "himself"), people.PRONOUNS[pronoun]):
        state[prefix + key] = value


def _body(state, tags, one):
    """What follows from the kind of an animal."""
    kind, _, home, bed, hand, move, moved, food, feature, more = one
    state.update(kind=kind, home=home, bed=bed, hand=hand or "leg", hands=plural(hand), move=move, moved=moved,
                 food=food, feature=feature)
    tags.update(more.split())
    tags.add("animal")


def _person(state, tags, draw, kind):
    state.update(kind=kind, home="house", bed="warm bed", hand="hand", hands="hands", move="run", moved="ran",
                 food=draw.choice(people.CHILD_FOODS), feature=draw.choice(people.CHILD_FEATURES))
    tags.add("person")


def hero(draw, group, pronoun):
    """(state, tags, world) of a hero of a group: child, animal, sea, fly, robot, toy, folk or worker."""
    state, tags = {}, set()
    if group == "child":
        tags.add("child")
        _person(state, tags, draw, "boy" if pronoun == "he" else "girl")
        world = draw.choice(people.CHILD_WORLDS.split())
    elif group == "robot":
        tags.add("robot")
        state.update(kind="robot", home="workshop", bed="bed of soft blankets", hand="hand", hands="hands",
                     move="roll", moved="rolled", food="warm oil", feature=draw.choice(people.ROBOT_FEATURES))
        world = draw.choice(["village", "city", "seaside"])
    elif group == "toy":
        tags.add("toy")
        kind, move, moved, feature = draw.choice(people.TOYS)
        state.update(kind=kind, home="box", bed="soft box", hand="hand", hands="hands", move=move, moved=moved,
                     food="pretend cake", feature=feature)
        world = "room"
    elif group in THINGS:
        tags.add("thing")
        world, home, feature = THINGS[group]
        state.update(kind=group, home=home, bed=home, hand="hand", hands="hands", move="float", moved="floated",
                     food="fresh air", feature=feature)
    elif group in ("folk", "dragonkin"):
        tags.add("folk")
        kind, tag, home, bed, food, feature = draw.choice(people.FOLK[:1] if group == "dragonkin" else people.FOLK)
        tags.add(tag)
        state.update(kind=kind, home=home, bed=bed, food=food, feature=feature, move="run", moved="ran",
                     hand="claw" if tag == "dragon" else "hand", hands="claws" if tag == "dragon" else "hands")
        world = "forest"
    elif group == "worker":
        kind, home = draw.choice(people.WORKERS)
        tags.add("worker")
        _person(state, tags, draw, kind)
        state.update(home=home, feature="a kind face")
        world = draw.choice(["village", "city", "seaside"])
    else:
        want = group if group in ("sea", "fly") else "walk"
        one = draw.choice([one for one in people.ANIMALS if want in one[9].split()])
        _body(state, tags, one)
        world = draw.choice(one[1].split())
    tags.add(world)
    return state, tags, world


def companion(draw, tags, world, kind, pronoun):
    """(kind, tags) of a friend who fits the hero's world."""
    if "person" in tags or "robot" in tags or "thing" in tags:
        return ("boy" if pronoun == "he" else "girl"), ["fchild"]
    if "toy" in tags:
        one = draw.choice([one for one in people.TOYS if one[0] != kind])
        return one[0], ["ftoy"]
    found = [one for one in people.ANIMALS if world in one[1].split() and one[0] != kind]
    one = draw.choice(found)
    return one[0], ["f" + tag for tag in one[9].split()]


def objects_for(tags, world, condition):
    need, without = condition
    place = "child" if "person" in tags or "toy" in tags else "walk"
    place = next((tag for tag in ("sea", "robot") if tag in tags), place)
    return [one for one in OBJECTS if place in one[3] and all(tag in one[3] for tag in need)
            and not any(tag in one[3] for tag in without)]


def cast(draw, plot, groups):
    """The state and tags of one tale of a plot."""
    group = draw.choice(groups)
    named = draw.random() < 0.82
    pronoun = draw.choice(["he", "she"])
    if group == "snowman":
        pronoun = "he"
    if group in ("robot", "toy") and plot.objects is None and draw.random() < 0.4:
        pronoun = "it"
    state, tags, world = hero(draw, group, pronoun)
    place = worlds.WORLDS[world]
    if pronoun != "it":
        state["feature"] = state["feature"].replace(" its ", f" {people.PRONOUNS[pronoun][2]} ")
    tags.update([pronoun, state["kind"].split()[-1]])
    if "sea" not in tags:
        tags.add("land")
    kind = state["kind"]
    trait = draw.choice(people.TRAITS)
    size = draw.choice(people.SIZES)
    form = draw.random()
    adjective = trait if "worker" in tags or form < 0.4 else size if form < 0.75 else f"{trait} {size}"
    if "giant" in tags and form >= 0.4:
        adjective = "friendly"
    if kind.endswith((" cub", " calf")) or kind in ("duckling", "piglet", "chick", "lamb"):
        adjective = adjective.replace("young", "little")
    state["adjective"] = adjective
    state["trait"] = trait
    if trait in adjective:
        tags.add("traitsaid")
    name = name_for(draw, pronoun, group == "robot")
    nick = kind if "worker" in tags or "giant" in tags or " " in kind else f"little {kind}"
    tags.add("named" if named else "nameless")
    state["ah"] = article(f"{adjective} {kind}")
    state["named"] = f" {draw.choice(['named', 'named', 'called'])} {name}" if named else ""
    state["comma"] = f", {name}," if named else ""
    if named:
        state["h"] = [name] * 7 + ["the " + nick]
        state["n"] = name
    else:
        state["h"] = ["the " + kind, "the " + nick]
        state["n"] = nick
    state["h0"] = name if named else "the " + nick
    state["name"] = name if named else "the " + nick
    pronouns(state, "", pronoun)
    # The others get other pronouns than the hero: a reader must always know who "she" is.
    other = "she" if pronoun == "he" else "he" if pronoun == "she" else draw.choice(["he", "she"])
    fkind, more = companion(draw, tags, world, kind, other)
    tags.update(more)
    fname = name_for(draw, other)
    while fname == name:
        fname = name_for(draw, other)
    state.update(f=fname, fkind=fkind, af=f"{article(fkind)} named {fname}", afkind=article(fkind))
    pronouns(state, "f", other)
    state["phe"], state["phis"] = other, people.PRONOUNS[other][2]
    state["parent"] = "mother" if other == "she" else "father"
    if "robot" in tags or "toy" in tags:
        state["parent"] = "maker" if "robot" in tags else "old owner"
    adults = worlds.ADULTS[6:] if {"worker", "robot", "thing"} & tags else worlds.ADULTS
    elders = adults if "child" in tags or not place["elders"] else place["elders"]
    elders = [one for one in elders if one[1] == other and kind not in one[0].lower() and fkind not in one[0].lower()]
    elders = elders or [("the old storyteller", other)]
    state["g"], gpronoun = draw.choice(elders)
    pronouns(state, "g", gpronoun)
    state["in"] = draw.choice(place["in"])
    state["the"] = place["the"]
    state["look"] = draw.choice(place["look"])
    state["weather"] = draw.choice(place["weather"])
    for number, (at, to) in enumerate(draw.sample(place["spots"], 4), 1):
        state[f"at{number}"], state[f"to{number}"] = at, to
    state["day0"] = "day"
    state["later"] = "afternoon"
    state["day"] = draw.choice(["morning", "morning", "afternoon", "day"])
    state["two"] = draw.choice(["two", "three", "four", "five"])
    if plot.objects is not None:
        thing, use, used, otags = draw.choice(objects_for(tags, world, plot.objects))
        state.update(o=thing, ao=article(thing), use=use, used=used)
        tags.update("o" + tag for tag in sorted(otags))
    return state, tags

