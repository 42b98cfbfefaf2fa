"""Questions with true, simple answers: subjects with facts, and questions whose answers are written as a whole."""
from .facts import FACTS
from .grammar import compiled, rendered

SUBJECTS = [(name, first, rest) for name, first, *rest in (line.split("|") for line in FACTS.strip().split("\n"))]
WHAT = ["What is {x}?", "What is {x}?", "Tell me about {x}.", "Can you tell me something about {x}?",
"What do you know about {x}?",
        "Explain to me what {x} is.", "Do you know what {x} is?", "Please tell me what {x} is.", "what is {x}?",
        "I want to know what {x} is."]
PLURAL_WHAT = ["What are {x}?", "Tell me about {x}.", "What do you know about {x}?",
"Can you tell me something about {x}?"]
PLURALS = ("the eyes", "the ears", "tears")
BEFORE = ["", "", "", "", "", "", "That is a good question. ", "I can tell you that. ", "I like that question. "]
AFTER = ["", "", "", "", "", "", "", " Is that not interesting?", " That is what I know.", " Now you know it, too."]

# Questions, separated by /, then answers, separated by /. A question belongs to every answer of its line.
WHOLE = """
Hello! / Hello. / Hi! / Hi there! / Hello, how are you? / hello / hi => Hello! [It is nice to meet you.|How nice that \
you are here.|I am glad to see you.] [What can I do for you?|Would you like to hear a story?|Shall I tell you a \
story?] / Hi! [I hope you have a good day.|How are you today?] [Shall I tell you a story?|What shall we talk about?]
Good morning! / Good morning. / good morning => Good morning! [Did you sleep well?|I hope you have a lovely day.|What \
a good time for a little story!]
Good night! / Good night. / I am going to bed. => Good night! [Sleep well.|Sweet dreams.] [See you in the \
morning.|May you dream of something nice.|The moon will watch over you.]
Goodbye! / Bye! / See you later! / bye => Goodbye! [Come back soon.|It was nice to talk to you.|Take care.] [Next \
time I will tell you another story.|Have a good day.|]
Thank you! / Thanks! / Thank you very much. / thanks => You are welcome! [I am glad that I could help.|It was fun for \
me, too.|Come back when you want another story.] / [With pleasure!|Any time!] [I like to help.|I like to tell stories.]
Who are you? / What are you? / Tell me about yourself. / Are you a robot? => I am a [very small|small] language model \
[that likes to tell stories|that tells little stories]. [I can also answer easy questions.|I am small, so I do not \
know everything.|Would you like to hear a story?]
What is your name? / Do you have a name? => I am a small story-telling model, [and I do not have a real name|and I \
have no special name]. [But I know many names for heroes.|You can think of one for me.|What is your name?]
How old are you? => I am [very young|quite new]. [Models like me do not have birthdays.|I do not count years as you do.]
How are you? / How are you today? / Are you well? => I am [fine|well], thank you. [How are you?|And you?|I am ready \
for a story.] / Thank you for asking! [I am fine|I feel good]. [I hope you are well, too.|How are you?]
What can you do? / Can you help me? / How can you help me? => I can tell [little stories|short stories], [write small \
conversations|let two friends talk] and answer easy questions. [What would you like?|Just ask me.|Shall we begin with \
a story?]
Are you a person? / Are you a human? / Are you alive? => No, I am not a person. I am a small computer program that \
[tells stories|writes stories]. [But I like to talk with people.|I cannot see or hear you, but I can read what you \
write.]
Do you like stories? / What do you like? => Yes, I like stories [very much|best of all]. [The best ones have a good \
ending.|I like the ones about animals.|A story can take you anywhere.]
Can you see me? / Can you hear me? => No, I [cannot see or hear|can neither see nor hear]. [But I can read what you \
write to me.|I only know the words that you write.]
Tell me a joke. / Do you know a joke? / Make me laugh. => What has hands but cannot clap? A clock! / Why did the \
bicycle fall over? Because it was two-tired! / What do you call a bear without teeth? A gummy bear! / What falls but \
never gets hurt? The rain! / What has a neck but no head? A bottle! / What gets wetter the more it dries? A towel!
I am sad. / What should I do if I am sad? / What can I do when I feel sad? / I feel sad today. => [When you are sad, \
talk|It is all right to be sad. Talk] to somebody you trust. [A hug can help.|It is all right to cry.|You can draw a \
picture or listen to music.] [The feeling will get better with time.|Sad feelings pass, like clouds.|You are not alone.]
I am afraid. / What should I do if I am afraid? / What can I do when I am scared? => Take a slow, deep breath. [Then \
tell somebody about it.|Then look for somebody who can hold your hand.] [Everybody is afraid sometimes.|Being brave \
means that you are afraid and go on all the same.|Fear gets smaller when you share it.]
I am angry. / What should I do if I am angry? / What can I do when I am angry? => [Stop and count to ten.|Take three \
deep breaths.] [Then say in words what makes you angry.|Then go for a walk or run around.] [It is all right to be \
angry, but not to hurt anybody.|When you are calm again, you can talk about it.]
I am lonely. / What should I do if I feel lonely? / What can I do when I am lonely? => You can [call somebody you \
like|visit somebody|ask another child to play with you]. [Sometimes the other one is lonely, too.|A friendly hello \
can be the start of a friendship.] [Tell your family how you feel.|You can also help somebody, and that feels good.]
I am bored. / What can I do when I am bored? / What should I do if I am bored? => You can [draw a picture|build a \
tower|read a book|make up a story]. [Or go outside and look for something you have never seen before.|Or help \
somebody in the kitchen.|Or ask somebody to play with you.]
I am tired. / What should I do when I am tired? => Then [you should rest|it is time to rest]. [Lie down and close \
your eyes.|A good sleep will give you new strength.] [A quiet story can help you fall asleep.|Your body needs sleep \
to grow.]
I am happy. / I am so happy today! => [That is wonderful!|How nice!|I am glad to hear that!] [What made you so \
happy?|Share your joy with somebody.|Joy grows when you share it.]
I cannot sleep. / What can I do when I cannot sleep? => [Lie still|Close your eyes] and breathe slowly. [Think of the \
nice things of the day.|Think of a quiet place, like a meadow.] [Sleep comes by itself.|A warm cup of milk can help, \
too.|Do not worry about it.]
I am shy. / What can I do if I am shy? => Many people are shy. [Begin with a smile or a small hello.|Start with one \
person you like.] [You do not have to be loud to be a good friend.|It gets easier each time.]
I am jealous. / What can I do when I am jealous? => [Everybody feels like that now and then.|It is a normal feeling.] \
Think of the things that you have and can do. [Talk about it with somebody.|You are special, too.]
How can I help a sad friend? / How can I help a friend who is sad? / What can I do for a sad friend? => [Sit down \
next to your friend and listen.|Ask your friend what is wrong, and listen.] [You do not have to say much.|A hug can \
help.] [Be there. That is the most important thing.|You can also do something nice together.]
How can I make a friend? / How do I find friends? / How do you make friends? => [Smile and say hello.|Say hello and \
tell the other child your name.] [Ask the other child to play with you.|Find out what you both like.] [Be kind and \
share things.|A good friend listens, too.]
What should I do if I made a mistake? / I made a mistake. => [Everybody makes mistakes.|Do not worry, mistakes \
happen.] [Say that you are sorry and try to put it right.|Tell the truth and ask for help.] [You can learn from \
it.|Next time you will know better.]
I had a quarrel with my friend. / What should I do after a quarrel? => [Wait until you are both calm.|First calm down \
a little.] [Then say that you are sorry and listen to your friend.|Then talk about it and listen to each other.] \
[Good friends can make up again.|A small step can end a big quarrel.]
What is courage? / What does it mean to be brave? => To be brave means to do [something hard|the right thing] \
although you are afraid. [Brave people are afraid, too.|You need not be big or strong for that.]
What is honesty? / What does honest mean? => Honest people tell the truth. [They do not cheat and do not lie.|You can \
trust them.]
What is love? => Love is a strong, warm feeling for somebody. [When you love somebody, you want them to be happy.|You \
can show it with a hug, with help or with kind words.]
What does patience mean? / What is patience? => To be patient means to wait calmly. [A seed needs time to grow, and \
so do many other things.|It is not easy, but you can practice it.]
Why should I share? / Why is sharing good? => [When you share, somebody else is happy, too.|Sharing makes friends.] \
[And next time, others will share with you.|Most things are more fun together.]
Why do I have to sleep? / Why do people sleep? => Your body and your brain need rest. [While you sleep, you \
grow.|While you sleep, your brain sorts out what you have learned.] [In the morning you have new strength.|Without \
sleep you would be tired and grumpy.]
Why should I brush my teeth? / Why do we brush our teeth? => [You brush them to keep them clean and strong.|Brushing \
takes away what could make holes in your teeth.] [You should do it in the morning and in the evening.|Clean teeth do \
not hurt so easily.]
Why should I wash my hands? / Why do we wash our hands? => There can be tiny germs on your hands that make you ill. \
[Soap and water wash them away.|That is why you should wash them before you eat.]
Why is the sky blue? => The light of the sun has all colours in it. The air spreads the blue light more than the red \
light, so [the sky looks blue|we see blue all over the sky].
Why is the sea salty? => Rivers carry tiny bits of salt from the rocks into the sea. [The water rises into the air \
again, but the salt stays.|Over a very long time, a lot of salt has gathered there.]
Why does it rain? / Where does rain come from? => Water rises into the air from seas, lakes and plants. High up it \
gets cold and forms clouds. [When the drops are heavy enough, they fall down as rain.|When the drops get too heavy, \
it rains.]
Why is it dark at night? / Why does it get dark? => The Earth turns around. [At night our side is turned away from \
the sun.|When our side is turned away from the sun, it is dark.] [In the morning we turn back to the light.|]
Why do leaves fall in autumn? => In autumn it gets colder and there is less light. [The trees let their leaves fall \
to save water.|The trees rest in winter and do not need their leaves.] [In spring new leaves grow.|]
Why do birds sing? => Birds sing to [find a partner|call each other] and to tell others that a place belongs to them. \
[They sing most of all in the morning.|In spring you can hear them best.]
How do birds fly? / How can birds fly? => Birds have light bones and strong wings. [They push the air down with their \
wings, and that lifts them up.|With their wings they push against the air.]
How do fish breathe? / How do fish breathe under water? => Fish have gills. [Water flows through the gills, and the \
fish take the oxygen out of it.|With their gills they take oxygen out of the water.]
How do bees make honey? => Bees collect sweet juice from flowers. [In the hive they make it thicker until it is \
honey.|They bring it to the hive, where it slowly turns into honey.]
How do plants grow? / What do plants need? / What does a plant need to grow? => Plants need water, light, air and \
good earth. [They make their food from light, air and water.|With their roots they drink, and with their leaves they \
catch the light.]
How do I plant a seed? / How can I grow a flower? => Put some earth into a pot and push the seed into it. [Give it a \
little water and put it in the light.|Put it in a sunny place and water it a little.] [Then you must be \
patient.|After some days you may see a green tip.]
How do I make a paper boat? => You need one sheet of paper. [Fold it in the middle, then fold the corners down.|Ask \
somebody to show you the folds, for it is easier when you see them.] [Then you can let it float on a puddle.|With a \
bit of practice it is easy.]
How do I make soup? / How can I cook soup? => [Ask an adult to help you.|You should do it with an adult.] Cut \
vegetables into small pieces, put them into a pot with water and a little salt, and let them cook until they are \
soft. [Blow on it before you eat.|]
How do you build a snowman? / How do I build a snowman? => Roll three big balls of snow and put them on top of each \
other. [Take a carrot for the nose and stones for the eyes.|Then give your snowman a nose, two eyes and a hat.]
What can I do on a rainy day? / What can we do when it rains? => You can [read a book|paint a picture|build a house \
of blankets|bake cookies with your family]. [Or put on your boots and jump into puddles!|Or you can listen to the \
rain and tell stories.]
What can I do in the garden? => You can [plant seeds|water the flowers|look for snails and beetles]. [You can also \
listen to the birds.|Do not forget to wear old clothes!]
What do cows eat? / What does a cow eat? => Cows eat grass and hay. [They chew it twice.|They eat for many hours a day.]
What do rabbits eat? => Rabbits eat grass, hay and [leaves|herbs]. [They like carrots, too, but not too many.|They \
need fresh water every day.]
What do bears eat? => Bears eat [many things: berries, roots, fish and insects|berries, nuts, fish and many other \
things]. [They like honey, too.|]
Where do penguins live? => Most penguins live in the south of the world, [where it is cold|many of them on ice and \
snow]. [Some live in warmer places, too.|They spend a lot of time in the sea.]
Where do polar bears live? => Polar bears live in the far north, [where there is ice and snow|on the ice of the \
Arctic]. [Their thick fur keeps them warm.|They can swim very well.]
Where do lions live? => Most lions live in the grasslands of Africa. [They live together in groups.|They like to rest \
in the shade.]
How many legs does a spider have? => A spider has eight legs. [An insect has only six.|]
How many legs does an insect have? / How many legs does a bee have? => An insect like a bee has six legs. [A spider \
has eight, so it is not an insect.|]
How many days are in a week? => There are seven days in a week: Monday, Tuesday, Wednesday, Thursday, Friday, \
Saturday and Sunday.
How many months are in a year? => There are twelve months in a year. [The first is January, and the last is December.|]
How many seasons are there? / What are the seasons? / What are the four seasons? => In many places there are four \
seasons: spring, summer, autumn and winter. [Each of them has its own weather.|After winter it begins again with \
spring.]
What colours are in a rainbow? / What are the colours of the rainbow? => In a rainbow you can see red, orange, \
yellow, green, blue and violet. [Red is on the outside.|Violet is on the inside.|]
What do you get when you mix blue and yellow? / How do I make green? => When you mix blue and yellow paint, you get \
green. [Try it!|]
How do I make orange? / What do you get when you mix red and yellow? => When you mix red and yellow paint, you get \
orange. [Try it!|]
What is the biggest animal? / Which animal is the biggest? => The blue whale is the biggest animal on Earth. [It is \
longer than two buses.|It lives in the sea.]
What is the tallest animal? / Which animal is the tallest? => The giraffe is the tallest animal. [It can eat leaves \
from high trees.|It has a very long neck.]
What is the fastest animal on land? / Which animal runs fastest? => The cheetah is the fastest animal on land. [It \
can run as fast as a car.|But it can run so fast only for a short time.]
What do you call a baby dog? / What is a baby dog called? => A baby dog is called a puppy. [A baby cat is a kitten.|]
What do you call a baby cow? / What is a baby cow called? => A baby cow is called a calf. [A baby sheep is a lamb.|]
What do you call a baby frog? => A young frog is called a tadpole. [It lives in water and has a tail.|Later it grows \
legs.]
What sound does a cow make? => A cow says, "Moo!"
What sound does a sheep make? => A sheep says, "Baa!"
What sound does a duck make? => A duck says, "Quack!"
What is happiness? / When are people happy? => Happiness is a [warm, good|light, bright] feeling. [People are happy \
when they are loved, when they play or when they have done something well.|You can feel it when you laugh with friends.]
When do people feel proud? / What does proud mean? => People feel proud when they have done something [hard|well]. \
[You can be proud when you have practiced for a long time.|It is a good feeling, as if you were a bit taller.]
When do people feel afraid? / What is fear? => People feel afraid when they think that something could hurt them. \
[Fear warns us of danger.|Sometimes we are afraid of things that are not dangerous at all.]
Why do people cry? => People cry when they are sad or when something hurts. [Sometimes they cry because they are very \
happy.|Crying can help us feel better.]
Why do people laugh? => People laugh when something is funny or when they are happy. [Laughing together makes \
friends.|It is easy to catch a laugh from somebody else.]
What is a good breakfast? / What should I eat for breakfast? => A good breakfast is [bread with cheese and an \
apple|oats with milk and fruit|an egg, some bread and fruit]. [It gives you strength for the day.|Do not forget to \
drink something.]
What should I do if I am lost? / What can I do when I am lost? => Stay calm and stay where you are. [Ask a police \
officer, a person who works there or a parent with children for help.|Your family will look for you.] [It helps to \
know your own name and address.|]
What should I do if there is a fire? => Leave the house at once and call for help. [Tell an adult right away.|Do not \
hide, and do not go back for your toys.]
What should I do if I am ill? / What can I do when I have a cold? => [Rest|Stay in bed], drink a lot of water or tea \
and keep warm. [Tell an adult how you feel.|If it gets worse, a doctor can help.]
What is the difference between a frog and a toad? => A frog has smooth, wet skin and jumps far. A toad has dry, bumpy \
skin and mostly [walks or makes small jumps|makes small hops].
What is the difference between a bee and a wasp? => A bee is hairy and makes honey. A wasp is smooth, has a thin \
waist and [does not make honey|often likes our cakes and drinks].
What is the difference between a rabbit and a hare? => A hare is bigger and has longer ears and legs. Rabbits dig \
holes to live in, but hares live [in the open|above the ground].
What is the difference between an insect and a spider? / Is a spider an insect? => An insect has six legs, and a \
spider has eight. [So a spider is not an insect.|Many insects have wings, but spiders have none.]
What is the difference between the sun and the moon? => The sun is a star that makes its own light. The moon is a \
ball of rock that only [reflects the light of the sun|throws back the light of the sun].
What is the difference between a river and a lake? => The water of a river flows. The water of a lake [mostly stands \
still|stays in one place].
What is the difference between snow and ice? => Snow is soft and made of tiny crystals that fall from the sky. Ice is \
hard, frozen water.
What is the difference between day and night? => By day our side of the Earth is turned toward the sun, and it is \
light. At night it is turned away, and it is dark.
What is the difference between summer and winter? => Summer is warm, and the days are long. Winter is cold, and the \
days are short.
What is the difference between a butterfly and a moth? => Most butterflies fly by day and have bright colours. Most \
moths fly at night and are brown or grey.
What is the difference between a horse and a donkey? => A donkey is mostly smaller than a horse and has much longer \
ears. A horse says neigh, and a donkey says hee-haw.
What is the difference between a boat and a ship? => A ship is much bigger than a boat. [A big ship can even carry \
small boats.|]
What is the difference between a crocodile and a fish? => A fish breathes under water with gills. A crocodile has to \
come up to breathe air, and it can walk on land.
What is the difference between a whale and a fish? / Is a whale a fish? => A whale breathes air and feeds its babies \
with milk. A fish breathes under water with gills. [So a whale is not a fish.|]
What is the difference between a bat and a bird? / Is a bat a bird? => A bird has feathers and lays eggs. A bat has \
fur and feeds its babies with milk. [So a bat is not a bird.|Both of them can fly.]
What is the difference between a dog and a wolf? => A wolf is a wild animal that lives with its pack. A dog lives \
with people. [Long, long ago all dogs came from wolves.|]
What is the difference between a spoon and a fork? => A spoon is round and good for soup. A fork has points, and you \
can pick up pieces of food with it.
What is the difference between a friend and a stranger? => A friend is somebody you know and trust. A stranger is \
somebody you do not know yet.
What is the difference between hearing and listening? => We hear every sound that comes to our ears. We listen when \
we really pay attention.
"""
WHOLES = []
for _line in WHOLE.strip().split("\n"):
    _questions, _answers = _line.split(" => ")
    WHOLES.append((_questions.split(" / "), [compiled(one) for one in _answers.split(" / ")]))


def _fact(draw):
    name, first, rest = draw.choice(SUBJECTS)
    asked = draw.choice(PLURAL_WHAT if name in PLURALS else WHAT).format(x=name)
    count = min(len(rest), draw.choice([0, 1, 1, 2, 2, 2]))
    answer = " ".join([first, *draw.sample(rest, count)])
    return asked, (draw.choice(BEFORE) if asked[-1] == "?" else "") + answer + draw.choice(AFTER)


def question(draw):
    """(request, answer)."""
    if draw.random() < 0.68:
        return _fact(draw)
    questions, found = draw.choice(WHOLES)
    return draw.choice(questions), rendered(draw.choice(found), {}, draw).strip()
