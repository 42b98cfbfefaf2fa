"""Short conversations of two people about one topic.

Every topic has beginnings, exchanges that make sense in any order, and ends. A line holds the turns of one exchange, \
which
A and B speak in turn, A first.
"""
from . import people
from .grammar import compiled, rendered

TOPICS = {
    "the weather": ("""
Look, it is raining again. // Yes, it has rained [all morning|since breakfast].
What a sunny day! // Yes, there is not one cloud in the sky.
It is so windy today! // I know. The wind nearly took my hat.
""", """
What do you like to do in this weather? // I like to [read a book|bake something|watch the sky].
Do you have an umbrella? // Yes, a red one. It is big enough for both of us.
Where does the wind come from? // It is air that moves from one place to another.
Will it be like this tomorrow? // Nobody knows. We have to wait and see.
What is your favourite weather? // I like snow best, because you can build things with it.
""", """
Shall we go outside? // Yes! Let me get my boots.
I am glad that you are here. // Me, too. With a friend every weather is good.
"""),
    "a lost sock": ("""
What are you looking for? // My sock, the blue one with the stars. // I will help you look.
Why do you wear only one sock? // Because I have lost the other one. // Then let us look for it.
""", """
Did you look under the bed? // Yes. There was only dust and an old ball.
Is it in the basket? // No, I have looked there twice.
Maybe the dog took it. // He took my shoe last week, so he could have done it.
When did you see it last? // Yesterday evening, before I took a bath.
""", """
Wait, what is that on your arm? // Oh! It was in my sleeve all the time!
Look, there it is, behind the door! // Thank you! Now my foot can be warm again.
I have found it! It was in your boot. // Of course! I am so silly. Thank you.
"""),
    "going to the zoo": ("""
Tomorrow we are going to the zoo! // Hurray! I can hardly wait.
Would you like to go to the zoo with me? // Yes, very much!
""", """
Which animal do you want to see first? // The elephants. They are so big and so calm.
Do you like the monkeys? // Yes, they always make me laugh.
Are you afraid of the lion? // A little. But there is a strong fence.
What do giraffes eat? // They eat leaves from tall trees.
Can we feed the goats? // Yes, but only with the food that the zoo sells.
Why do penguins waddle? // They have short legs. But in the water they are very fast.
""", """
Shall we take some sandwiches? // Good idea. And a bottle of water.
I will draw a picture of every animal. // Then I will write the names under them.
"""),
    "the moon": ("""
Look how big the moon is tonight! // Yes, it is as round as a plate.
Can you see the moon? // Yes, it is just above the roof.
""", """
Why does it change its shape? // The sun shines on it from different sides, so we see more or less of it.
Does anybody live on the moon? // No. There is no air there.
Have people been there? // Yes, some astronauts have walked on it.
Is the moon far away? // Very far. A rocket needs about three days to get there.
Does the moon make its own light? // No, it only reflects the light of the sun.
""", """
I would like to go there one day. // Then take me with you.
Good night, moon. // And good night to you, too.
"""),
    "a birthday": ("""
When is your birthday? // On Saturday. I will be [six|seven|eight].
Happy birthday! // Thank you! I am so happy that you came.
""", """
What kind of cake do you like? // [Chocolate cake|Apple cake|Cherry cake] with cream on top.
Who will come to the party? // All my friends and my grandparents.
What games shall we play? // Hide and seek, and then a treasure hunt.
What do you wish for? // I wish for a book about [dinosaurs|stars|horses].
May I bring my little brother? // Of course. There is enough cake for everybody.
""", """
I am sure that it will be a wonderful day. // The best thing is that we are all together.
I have a surprise for you. // Oh, please tell me! // No, a surprise is a secret.
"""),
    "a new bicycle": ("""
You have a new bicycle! I like the [red|blue|green] colour. // Thank you. I like it, too.
Is that your bicycle? // Yes, I got it from my grandfather.
""", """
Is it hard to ride? // At first it was. I fell down three times.
Does it have a bell? // Yes, listen! Ring, ring!
Do you wear a helmet? // Always. It keeps my head safe.
How fast can you go? // Quite fast, but I go slowly when there are people.
Have you got a light on it? // Yes, one in front and one at the back.
""", """
May I try it? // Yes, but be careful. I will hold you.
Let us ride to the lake tomorrow. // Good idea. I will bring something to eat.
"""),
    "snow": ("""
It is snowing! // Where? Oh, the whole garden is white!
Wake up! There is snow outside! // Really? I am coming at once!
""", """
Shall we build a snowman? // Yes! I will look for a carrot for the nose.
Are your hands cold? // A bit. I will put on my gloves.
What is snow made of? // It is made of tiny pieces of ice.
Do you have a sled? // Yes, it is in the shed. We can go down the hill.
How do birds live in winter? // They look for seeds. We can put some out for them.
""", """
Now I want something warm. // Come in, there is hot chocolate.
I hope that it will not melt. // If it does, we will wait for the next snow.
"""),
    "a pet": ("""
I heard that you have a new pet! // Yes, it is a [kitten|puppy|rabbit].
Do you have a pet? // Yes, I have a [cat|dog|rabbit].
""", """
What is its name? // Its name is [Muffin|Pepper|Cookie|Shadow].
Where does it sleep? // In a basket next to my bed.
What does it like best? // It likes to play with a ball of wool.
Is it much work? // You have to feed it every day and keep it clean.
Does it like children? // Yes, if they are gentle and not too loud.
""", """
May I visit it? // Yes, come this afternoon.
I would like to have a pet, too. // You can help me look after mine.
"""),
    "bedtime": ("""
It is time to go to bed. // But I am not tired at all.
Are you still awake? // Yes. I cannot fall asleep.
""", """
Have you brushed your teeth? // Yes, every single one of them.
Shall I leave the door open a little? // Yes, please. Then some light comes in.
Where is your teddy bear? // He is under the blanket. He is asleep already.
What was the best thing today? // When we [saw the rainbow|made pancakes|played in the park].
Why do we have to sleep? // Our bodies need rest, and children grow when they sleep.
""", """
Shall I tell you a story? // Yes, a short one, please. // Once upon a time, there was a bear who wanted to sleep.
Good night. Sleep well. // Good night. See you in the morning.
"""),
    "cooking soup": ("""
I am hungry. // Me, too. Let us cook some soup.
What are you cooking? // I am making vegetable soup.
""", """
Can I help? // Yes, you can wash the carrots.
What goes into it? // Carrots, potatoes, peas and a little salt.
Is it hot? // Yes, be careful. The pot is very hot.
How long does it take? // About half an hour. We must stir it now and then.
Shall I taste it? // Yes, but blow on the spoon first.
""", """
It smells so good! // Then bring two bowls. It is ready.
This is the best soup in the world. // That is because we made it together.
"""),
    "a broken toy": ("""
Why are you sad? // My toy [car|train|boat] is broken.
Oh no, what happened? // My toy fell down, and now it is broken.
""", """
Can I see it? // Here. One wheel has come off.
Did somebody do it on purpose? // No, it was an accident.
Where did you get it? // My aunt gave it to me, so I love it very much.
Do we have glue? // I think there is some in the kitchen.
""", """
I think we can mend it. // Do you really think so? // Yes. Hold this part, and I will put on the glue.
You can play with my toy until it is mended. // Thank you. You are a good friend.
"""),
    "telling the truth": ("""
What is the matter? // I broke your cup, and I am sorry.
You look worried. // I said something that was not true.
""", """
Why did you not say it at once? // I was afraid that you would be angry.
How do you feel now? // Much better. It was heavy to keep it inside.
Everybody makes mistakes. // Even you? // Oh yes, even me.
You could help me to put it right. // Yes, I will do that.
""", """
I am not angry any more. // Really? // Really. I am glad that you told me the truth.
Will you tell me at once next time? // Yes, I promise.
"""),
    "counting stars": ("""
How many stars are there? // More than anybody can count.
Let us count the stars! // All right. One, two, three, four. // I have already lost count!
""", """
Why do we not see them by day? // The sun is too bright then.
What is a star? // It is a big ball of very hot gas, far away.
Which one is the brightest? // Look over there, above that tree.
Is the sun a star, too? // Yes, it is the star that is closest to us.
Have you seen a falling star? // Once. It was gone in a moment.
""", """
I am cold. // Come under my blanket. Then we can look a bit longer.
I will give that one a name. // What will you call it? // I will call it after you.
"""),
    "helping a neighbour": ("""
Why are you in such a hurry? // Our neighbour has hurt her foot, and I want to help her.
Where are you going with that basket? // I am bringing some food to our old neighbour.
""", """
What does she need? // Somebody has to go shopping for her.
Could we water her flowers? // Yes, she would like that.
Is she lonely? // I think so. She is happy when somebody visits her.
Shall we bake something for her? // Yes, she loves apple cake.
What does she tell you? // She tells me stories from when she was young.
""", """
May I come along? // Of course. Two can carry more than one.
It feels good to help. // Yes, and one day somebody will help us.
"""),
    "the first day of school": ("""
Tomorrow is your first day of school! Are you excited? // Yes, and a little afraid.
Are you ready for your first day of school? // I think so. I have packed my bag three times.
""", """
What is in your bag? // Two pencils, a ruler and an apple.
Do you know anybody there? // Not yet. But I can say hello to somebody.
What do you want to learn first? // I want to learn how to read.
Do you know the teacher? // I saw her last week. She smiled at me.
What will you do in the break? // I will eat my sandwich and look for somebody to play with.
""", """
I was afraid on my first day, too. // Really? And what helped you? // I found a friend.
It will be easier every day. // I hope so.
"""),
    "a picnic": ("""
Shall we have a picnic? // Yes! The weather is perfect.
Where shall we put the blanket? // Under the big tree. There is shade.
""", """
What is in the basket? // Bread, cheese, grapes and cake.
Look, an ant wants to eat with us. // Let us give it a crumb.
Do you want some juice? // Yes, please. I am very thirsty.
What is that sound? // I think it is a bird in the tree.
Shall we play after we have eaten? // Yes, but first I want to lie in the grass.
""", """
Let us take our rubbish home. // Yes, the meadow must stay clean.
I could stay here all day. // Me, too. Let us come back next Sunday.
"""),
    "the garden": ("""
What are you doing in the garden? // I am planting [beans|carrots|sunflowers].
Look, the first flower is open! // Oh, it is so yellow!
""", """
What do plants need? // They need water, light and good earth.
Why are there worms in the earth? // They make the earth soft. They help the plants.
When can we eat the carrots? // In some weeks. We must be patient.
May I water them? // Yes, but not too much.
What does the bee want here? // It drinks from the flower and makes honey.
""", """
My hands are all dirty. // Mine, too. That is how gardeners look!
Can I have a bed of my own? // Yes, you can have that corner by the fence.
"""),
    "losing a tooth": ("""
Is your tooth loose? // Yes, look! It moves when I push it.
You have a gap in your smile! // Yes, I lost a tooth this morning.
""", """
Did it hurt? // Only a tiny bit.
Why do teeth fall out? // The baby teeth make room for bigger ones.
Can you still eat an apple? // Yes, if I cut it into small pieces.
How many teeth have you lost? // This is my [first|second|third] one.
""", """
Where will you put it? // Under my pillow, of course.
Will a new one come? // Yes, in some weeks you can see it.
"""),
    "a favourite book": ("""
What are you reading? // A book about a [brave mouse|girl who sails the sea|dragon who likes tea].
What is your favourite book? // It is a book about a bear and a boat.
""", """
Is it exciting? // Very. I cannot stop reading.
Are there pictures in it? // Yes, on every page. They are wonderful.
Did you read it all alone? // Yes, but some words were hard.
Where did you get it? // From the library. You can borrow it for three weeks.
Who is the best one in it? // A little owl who is always wrong and always cheerful.
""", """
Please do not tell me the end! // I will not. You must read it yourself.
Can we read together? // Yes. You read one page, and I read the next one.
"""),
    "being afraid of thunder": ("""
Did you hear that? // Yes, it was thunder. // I do not like it.
There was a flash! // Yes, a storm is coming. // I am afraid of the thunder.
""", """
What makes the noise? // The lightning makes the air very hot, and then it goes boom.
Can it come in here? // No, we are safe in the house.
Is it far away? // Count the seconds after the lightning. The more you count, the farther it is.
Are you never afraid? // Sometimes I am. Then I sing a song.
""", """
Will you stay with me? // Of course, until it is over.
Listen, it is getting softer. // Yes. Soon we can open the window again.
"""),
}
GREETINGS = ["Hello, {b}! // Hello, {a}!",
"Good morning, {b}. // Good morning, {a}. [How are you? // I am fine, thank you.|]",
"Hi, {b}! // Hi, {a}! It is nice to see you.",
             "{B}, are you there? // Yes, {a}, I am here."]
FAREWELLS = ["See you soon, {b}! // See you, {a}!", "Goodbye, {b}. // Goodbye, {a}.",
"Thank you, {b}. // You are welcome, {a}."]
ROLES = [("", "")] * 5 + [(" the fox", " the hedgehog"), (" the mouse", " the bear"), (" the rabbit", " the owl"),
(" the duck", " the frog"),
                          (" the robot", ""), ("", " the robot"), (" the cat", " the dog"), (" the squirrel",
                           " the badger"), ("Grandma ", ""),
                          ("Grandpa ", "")]
FORMS = ["Write a short conversation between {x} and {y} about {topic}.",
"{x} and {y} talk about {topic}. Write what they say.",
         "Write a dialogue between {x} and {y} about {topic}.", "Let {x} and {y} talk about {topic}.",
         "What do {x} and {y} say to each other about {topic}?", "Write a conversation about {topic}.",
         "A short dialogue about {topic}, please.",
         "Two friends, {x} and {y}, talk about {topic}. What do they say?",
         "Write a little conversation. {x} and {y} talk about {topic}."]


def _exchanges(text):
    return [compiled(line) for line in text.strip().split("\n")]


EXCHANGES = {topic: tuple(map(_exchanges, parts)) for topic, parts in TOPICS.items()}
HELLO, BYE = [[compiled(line) for line in lines] for lines in (GREETINGS, FAREWELLS)]
# An adult does not speak of losing a first tooth.
FOR_TWO_CHILDREN = ("losing a tooth", "the first day of school", "a birthday", "a new bicycle", "a broken toy",
"going to the zoo", "a pet",
                    "the garden", "telling the truth", "helping a neighbour", "cooking soup", "a favourite book",
                    "bedtime")


def conversation(draw):
    """(request, text) of a conversation."""
    topic = draw.choice(list(EXCHANGES))
    begin, middle, end = EXCHANGES[topic]
    names = draw.sample(people.BOYS + people.GIRLS, 2)
    roles = draw.choice(ROLES[:5] if topic in FOR_TWO_CHILDREN else ROLES)
    if draw.random() < 0.5:
        roles = roles[::-1]
    full = [role + name if role.endswith(" ") else name + role for role, name in zip(roles, names)]
    called = [role + name if role.endswith(" ") else name for role, name in zip(roles, names)]
    state = {"a": called[0], "b": called[1]}
    chosen = [draw.choice(begin), *draw.sample(middle, draw.choice([1, 2, 2, 3]))]
    if draw.random() < 0.3:
        chosen.insert(0, draw.choice(HELLO))
    if draw.random() < 0.75:
        chosen.append(draw.choice(end))
        if draw.random() < 0.2:
            chosen.append(draw.choice(BYE))
    said = []
    for parts in chosen:
        turns = rendered(parts, state, draw).split(" // ")
        if len(said) + len(turns) <= 10:
            said += [(number % 2, turn.strip()) for number, turn in enumerate(turns)]
    # One who speaks twice in a row says it in one turn.
    lines = []
    for who, turn in said:
        if lines and lines[-1][0] == who:
            lines[-1][1] += " " + turn
        else:
            lines.append([who, turn])
    text = "\n".join(f"{called[who]}: {turn}" for who, turn in lines)
    return draw.choice(FORMS).format(x=full[0], y=full[1], topic=topic), text
