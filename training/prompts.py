"""Requests to the model that writes the training text: stories for children, conversations, simple questions.

What makes texts differ is drawn from the lists below; a request is one of some 10^15.
"""
import random

NAMES = """Ada Alma Amir Anna Arlo Asha Ben Bella Bruno Cara Carlos Chloe Clara Dana Daniel Dev Ella Elias Emma Eva Felix
Finn Flora Grace Hana Hugo Ida Isaac Ivy Jack Jada Jamal Jonas Juno Kai Kira Lena Leo Lila Lily Lucas Luna Maya Mei Mia Milo
Mina Nadia Nico Nina Noah Nora Olive Omar Oscar Otto Paula Pia Ravi Remy Rosa Ruby Sami Sara Sofia Stella Tara Theo Tilda Tim
Toby Uma Vera Viktor Wanda Will Yara Yuki Zara Zoe""".split()
PEOPLE = """boy|girl|baker|farmer|gardener|teacher|fisherman|painter|grandmother|grandfather|shepherd|postman|sailor|
librarian|shoemaker|clockmaker|princess|king|queen|knight|astronaut|doctor|musician|carpenter|tailor|twin|new pupil""".replace(
    "\n", "").split("|")
CREATURES = """bear|fox|rabbit|hedgehog|owl|mouse|squirrel|duckling|turtle|frog|kitten|puppy|pony|lamb|elephant|lion cub|
penguin|dolphin|whale|octopus|crab|bee|ladybug|butterfly|snail|spider|ant|crow|parrot|goose|goat|donkey|badger|otter|beaver|
dragon|unicorn|robot|snowman|fairy|giant|ghost|mermaid|troll|teddy bear|wooden toy|little cloud|small star|lost kite|
paper boat|old tree|tiny seed|toy train|red balloon""".replace("\n", "").split("|")
TRAITS = """little|shy|brave|curious|clumsy|sleepy|cheerful|lonely|proud|patient|grumpy|gentle|clever|stubborn|forgetful|
kind|hungry|nervous|playful|quiet|noisy|careful|greedy|helpful|dreamy|honest|jealous|impatient|funny|serious""".replace(
    "\n", "").split("|")
OBJECTS = """a red ball|an old key|a silver bell|a broken umbrella|a warm scarf|a wooden box|a shiny stone|a letter|a map|
a lantern|a blue cup|a violin|a drum|a bicycle|a pair of boots|a picture book|a pumpkin|a jar of honey|a loaf of bread|
a birthday cake|an apple tree|a feather|a shell|a mirror|a clock|a paint brush|a rope|a wheelbarrow|a basket of berries|
a button|a small boat|a kite|a hat that is too big|a snow globe|a seed|a whistle|a blanket|a pocket watch|a candle|
a rocking chair|a puzzle with a missing piece|a bag of marbles|a magnet|a telescope|a ladder|a pot of soup|a coin|
a music box|a flower pot|a net|a spoon|a pillow|a bucket|a ribbon|a garden gate|a radio|a camera|a snowball""".replace(
    "\n", "").split("|")
PLACES = """in a forest|on a farm|in a small village|by the sea|on a mountain|in a big city|at school|in a garden|
in a kitchen|on a boat|in a castle|at the market|in a library|by a river|in the snow|in the desert|on an island|in a cave|
in space|under the sea|in a toy shop|on a train|at the zoo|in a tree house|at a fair|in an old house|in a bakery|
in a meadow|at the playground|in a hospital|on a bridge|in a museum|at a birthday party|by a campfire""".replace(
    "\n", "").split("|")
WISHES = """wants to learn to swim|is afraid of the dark|has lost something precious|wants to make a friend|
has to share|finds a stranger in need|tells a lie and feels sorry|wants to win a race|has to say goodbye to a friend|
cannot fall asleep|wants to help at home|breaks something by accident|hears a strange noise|plans a surprise|
tries something new|gets lost on the way home|has to wait for a long time|wants to be bigger|is new in town|
finds a secret door|has a bad day|must keep a promise|wants to fly|has to be brave|looks after someone small|
learns to say sorry|plants something and waits|wants to sing in front of others|does not want to go to bed|
quarrels with a friend|finds out how something works|builds something from old things|is laughed at by others|
wants to see the snow|misses grandmother|has one wish to spend|solves a small mystery|meets someone very different|
has too much of a good thing|must ask for help""".replace("\n", "").split("|")
FEELINGS = """happiness|sadness|fear|anger|pride|envy|hope|wonder|boredom|surprise|love|shame|courage|gratitude|
loneliness|excitement|worry|calm|homesickness|relief""".replace("\n", "").split("|")
TWISTS = """Something goes wrong in the middle.|There is a surprise near the end.|Somebody turns out to be kinder than
 expected.|The plan fails at first.|An animal helps.|It starts to rain at the wrong moment.|A mistake turns out to be lucky.|
A small thing becomes very important.|Somebody has a secret.|Two of them have to work together.|The thing they look for was
 close all the time.|A stranger gives good advice.|Somebody changes their mind.|They hear a song.""".replace("\n", "").split("|")
ENDINGS = """It ends happily.|It ends with a lesson.|It ends with a hug.|It ends at bedtime.|It ends with a joke.|
It ends with a new friendship.|It ends with everybody eating together.|It ends quietly.|It ends with a promise.|
It ends where it began.|It ends with a question.|It ends with a celebration.""".replace("\n", "").split("|")
STYLES = """Use simple words.|Use short sentences.|Write for a child of four.|Write for a child of six.|
Write for a child of eight.|Let them talk to each other.|Tell it in the first person.|Begin with "Once upon a time".|
Begin with "One day".|Begin in the middle of a conversation.|Begin with the weather.|Begin with a sound.|
Give the story a title.|Write three paragraphs.|Write about 150 words.|Write about 200 words.""".replace("\n", "").split("|")
TOPICS = """the weather|breakfast|a lost sock|going to the zoo|sharing toys|the moon|a birthday|learning to read|
a new bicycle|the sea|snow|a pet|bees|bedtime|cooking soup|a broken toy|growing vegetables|a school play|fear of thunder|
telling the truth|counting stars|helping a neighbour|the first day of school|a long journey|a picnic|a garden|dreams|
what to do on a rainy day|how birds fly|being late|a surprise party|losing a tooth|building a hut|saying thank you|
a visit to the doctor|a puzzle|a favourite book|missing somebody|colours|music""".replace("\n", "").split("|")
THINGS = """the sun|the moon|rain|snow|wind|a rainbow|thunder|the sea|a river|a mountain|a volcano|a desert|an island|
a seed|a tree|a flower|grass|a mushroom|a bee|an ant|a spider|a butterfly|a fish|a whale|a shark|a frog|a snake|a bird|an owl|
a penguin|a duck|a chicken|a cow|a horse|a sheep|a pig|a dog|a cat|a mouse|an elephant|a lion|a bear|a fox|milk|bread|cheese|
honey|an apple|a carrot|soup|salt|water|ice|fire|a shadow|a mirror|a magnet|a wheel|a clock|a book|a letter|a bicycle|a boat|
a train|an airplane|a bridge|a house|a school|a library|a doctor|a farmer|a baker|a teacher|a friend|a family|a birthday|
a dream|sleep|a tooth|the heart|bones|hair|tears|a smile|a song|a drum|a paint brush|paper|glass|wood|gold|sand|a stone|a cloud|
a star|the night|summer|winter|spring|autumn""".replace("\n", "").split("|")
QUESTIONS = ["What is {thing}?", "What is {thing} for?", "Tell me something interesting about {thing}.",
             "Explain {thing} to a child of five.", "What does {thing} look like?", "Why do people like {thing}?",
             "Where can I find {thing}?", "What would happen without {thing}?", "How would you describe {thing}?",
             "What are three facts about {thing}?", "What can a child learn from {thing}?",
             "What is the difference between {thing} and {other}?", "What should I do if I feel {feeling}?",
             "How can I help a friend who feels {feeling}?", "When do people feel {feeling}?"]
HOW = ["Answer in one or two simple sentences.", "Answer in two or three simple sentences.", "Answer in simple words.",
       "Answer shortly.", "Answer as if you talked to a child."]


def hero(draw):
    kind = draw.choice(PEOPLE if draw.random() < 0.4 else CREATURES)
    named = f" named {draw.choice(NAMES)}" if draw.random() < 0.75 else ""
    return f"a {draw.choice(TRAITS)} {kind}{named}"


def story(draw):
    # Few wishes at once: the model is small and loses its way among many.
    begin = draw.choice(["Write a short story for children about", "Tell a short story about", "Write a little story about",
                         "Write a bedtime story about", "Tell me a story about"])
    parts = [f"{begin} {hero(draw)} who {draw.choice(WISHES)}."]
    if draw.random() < 0.35:
        parts.append(f"It happens {draw.choice(PLACES)}.")
    if draw.random() < 0.25:
        parts.append(f"Somewhere in it there is {draw.choice(OBJECTS)}.")
    if draw.random() < 0.1:
        parts.append(f"There is also {hero(draw)}.")
    if draw.random() < 0.1:
        parts.append(f"It is about {draw.choice(FEELINGS)}.")
    if draw.random() < 0.12:
        parts.append(draw.choice(TWISTS))
    if draw.random() < 0.2:
        parts.append(draw.choice(ENDINGS))
    parts.append(draw.choice(STYLES))
    return " ".join(parts)


def conversation(draw):
    return (f"Write a short conversation between {hero(draw)} and {hero(draw)} about {draw.choice(TOPICS)}, "
            f"{draw.choice(PLACES)}. {draw.choice(STYLES[:5])}")


def question(draw):
    text = draw.choice(QUESTIONS).format(thing=draw.choice(THINGS), other=draw.choice(THINGS),
                                         feeling=draw.choice(["happy", "sad", "afraid", "angry", "lonely", "bored", "tired",
                                                              "proud", "shy", "worried", "jealous", "excited"]))
    return f"{text} {draw.choice(HOW)}"


KINDS = {"story": (story, 0.72), "conversation": (conversation, 0.12), "question": (question, 0.16)}


def request(draw: random.Random) -> tuple[str, str]:
    """(kind, text) of one request."""
    kind = draw.choices(list(KINDS), [share for _, share in KINDS.values()])[0]
    return kind, KINDS[kind][0](draw)
