"""Plots of making and breaking, of quarrels, surprises and small mysteries."""
from .grammar import Plot

PLOTS = [
Plot("build", "child child animal toy robot folk",
"building something from old things|making something new from old things|a good idea",
     "who builds {a_made} from old things|who makes {a_made} out of things that nobody wants|who has a good idea",
     draws=[
         [{"made": "boat", "if": "!room !robot", "parts": "an old tub, a broomstick and a bed sheet",
          "trial": "put it on the water", "bad": "It turned over at once",
           "good": "floated like a swan", "better": "put heavy stones on the bottom"},
          {"made": "cart", "parts": "an old box, four round lids and a piece of string", "trial": "gave it a push",
           "bad": "One wheel came off at once",
           "good": "rolled along as smoothly as a real cart", "better": "tied the wheels on more tightly"},
          {"made": "hut", "if": "!toy", "parts": "some old boards, a broken door and a torn blanket",
           "trial": "sat down in it", "bad": "The roof fell down on {his} head",
           "good": "stood firm, even in the wind", "better": "put a strong stick in the middle"},
          {"made": "swing", "if": "!room", "parts": "a piece of rope and an old board", "trial": "sat down on it",
           "bad": "The knot came undone, and bump, {he} sat on the ground",
           "good": "swung up high and down again", "better": "made a stronger knot"},
          {"made": "lamp", "parts": "a jam jar, a candle end and a bent wire", "trial": "hung it up",
           "bad": "It fell down at once", "good": "gave a warm yellow light",
           "better": "bent the wire into a better hook", "if": "!animal"},
          {"made": "drum", "parts": "an empty tin, an old cloth and some string", "trial": "hit it with a stick",
           "bad": "The cloth came off at once",
           "good": "went boom, boom, boom", "better": "pulled the string tighter"}],
         [{"tags": "mock"}, {"tags": "together"}]], text="""
# wish
{H} wished for {a_made}, but {he} had no money to buy one.
"If only I had {a_made}," said {h} one day. But there was none to be had.
One {day} {h} was bored. "I would like to have {a_made}," {he} thought. "But where do I get one?"
{H} had always dreamed of having {a_made} of {his} own.
# heap
Then {he} saw a heap of old things {at1}. There lay {parts}. "Nobody needs them any more," {he} thought.
{At1} somebody had left {parts}. Other people saw only old junk. {H} saw more than that.
{He} looked around and began to collect. {At1} {he} found {parts}.
"Can I have these things?" {he} asked {g}, and pointed at {parts}. "What do you want with that old stuff?" {g} asked. \
"You will see," said {h}.
# friend
?mock: {F}, {afkind}, came by and laughed. "That is junk," {fhe} said. "Nothing will come of it." {H} went on working.
?mock: "What are you doing?" asked {f}, {afkind} who lived nearby. "I am building {a_made}," said {h}. "From that?" \
asked {f}, and {fhe} laughed and laughed.
?together: "Can I help?" asked {f}, {afkind}. "I am good at holding things." "Yes, please," said {h}. "Four {hands} \
are better than two."
?together: {F}, {afkind}, heard the hammering and came to look. "I have a good idea," {fhe} said, and {fhe} sat down \
beside {him}.
## work
{H} pulled and tied and hammered until the evening.
All {day} long there was a knocking and banging. {H} had a smudge on {his} nose and was happy.
First {he} thought for a long time. Then {he} drew a plan in the sand. And then {he} began.
It was hard work. {H} had to try many things until all the pieces fitted together.
# try
At last it was ready. {H} {trial}. Oh no! {Bad}.
"Done!" {he} cried and {trial}. {Bad}.
Full of hope, {h} {trial}. But it went wrong. {Bad}.
# low
?mock: "I told you so," said {f}. {H} felt {his} ears grow hot.
?mock: {F} giggled, but then {fhe} saw how sad {h} looked, and {fhe} stopped.
?together: "That does not matter," said {f}. "Now we know what does not work."
?together: They looked at each other. Then they both began to laugh.
{H} nearly gave up. But {g} said, "Every good builder starts again at least once."
## again
{H} looked at it from all sides. "I know!" {he} said, and {he} {better}.
That night {h} thought about it for a long time. The next morning {he} {better}.
"What is the mistake?" {he} asked {himself}. {He} took everything apart and {better}.
# success
{He} tried it once more. This time it worked! The {made} {good}.
And then came the second try. The {made} {good}!
Slowly, very slowly, {he} tried it again. And look, the {made} {good}.
# praise
?mock: "I am sorry that I laughed," said {f}. "Can I try it, too?" "Of course," said {h}.
?mock: {F} opened {fhis} eyes wide. "I would never have believed it," {fhe} said. "Can you show me how you did it?"
?together: "We did it!" shouted {f}, and they danced around the {made}.
?together: "It is the best {made} in the world," said {f}, "because we made it ourselves."
## end
Everybody wanted to see the {made}, and {h} let all of them try it.
Since then, {h} never throws anything away without looking at it twice.
"What shall we build tomorrow?" asked {h}.
It was not as pretty as a bought one, but it was {his} own, and {he} was very proud of it.
"Old things are only waiting for a new idea," says {h}.
"""),

Plot("broken", "child child child toy robot animal", "breaking something and saying sorry|saying sorry|an accident",
     "who breaks something by accident|who breaks {a_vase} and says sorry|who has to say sorry", draws=[
         [{"vase": "blue cup",
           "fixed": "glued it together, piece by piece. It had little lines all over now, like a map",
           "if": "!animal"},
          {"vase": "flower pot", "fixed": "found a new pot and planted the flower again", "if": "!animal"},
          {"vase": "clock", "fixed": "took it to the clockmaker together. Soon it said tick, tock again",
           "if": "!animal !toy"},
          {"vase": "music box",
           "fixed": "put the little wheels back in their places. Then it played its song again",
           "if": "!animal"},
          {"vase": "bird house", "fixed": "nailed it together again, and it was even stronger than before",
           "if": "!animal"},
          {"vase": "window",
           "fixed": "cleaned up the glass, and {h} worked in the garden for a week to pay for a new window",
           "if": "child"},
          {"vase": "kite", "fixed": "mended it with paper and glue. It flew even higher than before", "if": "!animal"},
          {"vase": "little bridge of sticks",
           "fixed": "built it up again with thicker sticks, and now it was stronger than before", "if": "animal"},
          {"vase": "fence", "fixed": "put up new sticks and made it even stronger than before", "if": "animal"}],
         [{"tags": "owner_g"}, {"tags": "owner_f"}]], hook="""
Crash! What was that? {Ah}{named} who lived {in} stood there with big eyes.
""", text="""
# thing
?owner_g: {G} had {a_vase} that {ghe} loved very much.
?owner_g: Everybody knew how much {g} liked {ghis} {vase}.
?owner_f: {His} best friend was {f}, {afkind}. {F} had {a_vase}, and {fhe} was very proud of it.
?owner_f: {F}, {afkind} and a good friend, owned {a_vase}. {F} had made it {fhimself}.
# crash
One {day} {h} was playing wildly. {He} did not watch out, and crash, the {vase} was broken.
One {day} {h} {moved} around, faster and faster. Then there was a loud noise. The {vase} was broken!
"I will be careful," {h} had said. But then {he} tripped, and a moment later the {vase} was in pieces.
It happened on a rainy {day}. {H} only wanted to have a closer look at the {vase}. Crack! It broke.
# shock
{H} stood very still. {His} heart beat loudly.
"Oh no," {he} whispered. "What have I done?"
{He} felt hot and cold at the same time.
{He} looked at the pieces and wished that time would run backward.
## hide
{He} thought about hiding the pieces. If nobody saw them, nobody would know.
First {he} wanted to run away. {He} even took three steps.
Quickly {he} put a cloth over it. Then {he} sat down and felt bad.
"I could say that it was the wind," {he} thought. But {he} knew that this was not right.
# think
"If somebody broke my favourite thing, I would want to know it," {he} thought then.
The broken {vase} was still there, and so was the bad feeling in {his} belly.
{He} could not forget it. It was like a stone in {his} shoe.
## confess
?owner_g: So {h} went to {g}. "I have broken your {vase}," {he} said, and {his} voice shook. "I did not want to. I am \
very sorry."
?owner_g: "{G}?" said {h} softly. "Please do not be angry. I was too wild, and your {vase} is broken. I am sorry."
?owner_f: So {h} went to {f}. "I have broken your {vase}," {he} said, and {his} voice shook. "It was an accident. I \
am so sorry."
?owner_f: "{F}," said {h}, "I have to tell you something bad. Your {vase} is broken, and it was my fault. I am sorry."
# answer
?owner_g: {G} looked at the pieces and was sad for a moment. Then {ghe} said, "A {vase} can be mended. The important \
thing is that you came to me."
?owner_g: "That makes me sad," said {g}. "But you told me the truth, and that makes me glad. Shall we see what we can \
do?"
?owner_f: {F} was very sad, and at first {fhe} did not say anything. Then {fhe} sighed. "I know that you did not do \
it on purpose," {fhe} said.
?owner_f: "My {vase}!" cried {f}. {Fhe} had tears in {fhis} eyes. But when {fhe} saw that {h} was crying, too, {fhe} \
said, "Come, do not cry. We will find a way."
# mend
Together they {fixed}.
They sat down side by side and {fixed}.
"Can we mend it?" asked {h}. "Let us try," was the answer. And so they {fixed}.
# extra 40
While they worked, they talked and even laughed a little.
It was slow work, but nobody minded.
{H} was very careful this time and did not hurry at all.
## end
?owner_f: "Now I like it even better than before," said {f}. "It has a story."
From that day on, {h} was more careful. And when {he} made a mistake, {he} said so at once.
"Sorry" is a small word, but {h} knew now how much it can do.
That evening, {h} gave everybody a big hug. {He} felt light and happy.
Things can break. But a friendship does not break so easily when you are honest.
"""),

Plot("surprise", "child child animal animal fly sea toy robot folk", "a surprise party|a birthday|planning a surprise",
     "who thinks that everybody has forgotten {his} birthday|whose friends plan a surprise|who gets a surprise party",
     draws=[
         [{"tags": "forgot"}, {"tags": "secret"}]], hook="""
"Nobody has said a word about my birthday," said {ah}{named}. {He} lived {in} and had many friends.
""", text="""
# birthday
It was {his} birthday. {H} jumped out of bed and was full of joy.
{H} woke up and smiled. "Today is my birthday!" {he} said.
For weeks {h} had counted the days. Now at last it was {his} birthday.
It was a special day. {H} was one year older.
# meet
First {he} met {f}, {afkind} and {his} best friend. "Good morning," said {h}. "Do you know what day it is?" "It is \
[Tuesday|Friday|Monday]," said {f}. "I have no time. Good-bye!"
{He} went to {f}, {afkind} who was {his} best friend. But {f} was in a great hurry. "I cannot play today," {fhe} said \
and ran off.
"Hello, {f}!" {he} called when {he} saw {his} best friend, {afkind}. {F} hid something behind {fhis} back. "Oh, \
hello," {fhe} said. "I must go now."
# meet2
Then {he} saw {g}. But {g} only asked {him} about the weather.
{He} went to see {g}, but {g} was not at home.
{G} did not say anything, either. {Ghe} only hummed and smiled.
All the others were busy, too. One carried a box. One whispered to another. When they saw {h}, they stopped talking.
# sad
{H} hung {his} head. "They have all forgotten me," {he} thought.
{H} sat down {at1}. It was the saddest birthday of {his} life.
"Maybe I am not important to them," {he} said softly, and a tear fell on the ground.
{He} went for a long walk, all alone. Even the sun did not make {him} glad.
## turn
?forgot: In the evening {h} went home. It was dark and quiet in there. {He} opened the door. "SURPRISE!" shouted many \
voices.
?forgot: When {he} came home, {he} saw a light. Somebody was giggling. And then they all jumped out. "Happy birthday, \
{n}!"
?secret: Then somebody left a note at {his} door. "Come {to2}," it said. {H} went there. "SURPRISE!" shouted all \
{his} friends.
?secret: Late in the {later}, {g} came. "Can you help me carry something {to2}?" {ghe} asked. {H} did not feel like \
it, but {he} went along. And there they all were. "Happy birthday!" they shouted.
# see
There were lanterns and flowers and a long table with {food}.
Everything was full of colours. In the middle stood a cake with a little light on it.
Everybody was there, and everybody was wearing a paper hat, even {g}.
They had hung up a big sign. On it stood, "We love you!"
# explain
"Did you think that we had forgotten you?" asked {f}. "We have been getting ready all week!"
"It was so hard not to tell you," said {f}. "I had to bite my tongue!"
"Now I see why you were all so strange!" cried {h}. {F} laughed. "I am no good at keeping secrets," {fhe} said.
# gift 70
Then {f} gave {him} a present. It was {a_gift}, and {f} had made it {fhimself}.
{G} gave {him} {a_gift}. "It is from all of us," {ghe} said.
There was also a present, {a_gift} with a red ribbon around it.
## party
They sang and danced until the stars came out.
They played games and told jokes, and {h} laughed until {his} belly hurt.
First they ate, then they danced, and in the end they sat close together and sang.
## end
"It was the best birthday of all," {h} said before {he} fell asleep.
"Thank you," said {h}. "The best present is that you are all here."
And next month, when it was {f}'s birthday, {h} knew just what to do.
{H} never again thought that {his} friends did not care.
""", ),

Plot("noise", "child child animal animal toy folk", "a strange noise at night|a noise in the night|being brave",
     "who hears a strange noise at night|who finds out what makes a strange noise|who hears something in the dark",
     draws=[
         [{"noise": "Tap, tap, tap", "cause": "a branch that knocked on the wall in the wind", "if": "!room"},
          {"noise": "Drip, drop, drip", "cause": "water that fell into an old tin, drop by drop"},
          {"noise": "Crunch, crunch, crunch", "cause": "a tiny hedgehog that was eating an apple",
           "if": "!room !hedgehog", "tags": "alive"},
          {"noise": "Squeak, squeak", "cause": "a little door that moved in the wind"},
          {"noise": "Hoo, hoo, hoo", "cause": "a baby owl that could not sleep", "if": "!room !owl", "tags": "alive"},
          {"noise": "Scratch, scratch", "cause": "a tiny mouse that was looking for crumbs", "if": "!mouse",
           "tags": "alive"},
          {"noise": "Rumble, rumble", "cause": "{g}, who was snoring", "tags": "snore"},
          {"noise": "Rustle, rustle", "cause": "a lost kitten that was looking for a warm place", "if": "!farm \
!kitten", "tags": "alive"}]], hook="""
{Noise}! {Ah}{named} who lived {in} sat up and listened.
""", text="""
# night
It was late at night. The moon was shining, and {h} was almost asleep.
One night, {h} lay in {his} {bed} and could not sleep.
One night {h} woke up. It was dark, and everything was still. Or was it?
It had been a long day, and {h} had just closed {his} eyes.
# noise
"{Noise}!" What was that?
Then there was a noise. "{Noise}!" {H} opened {his} eyes wide.
Suddenly {he} heard something strange. "{Noise}!" it went. Then it was quiet. Then it came again. "{Noise}!"
"{Noise}," went something outside. {H} held {his} breath.
# fear
{H} pulled the cover over {his} head. "It is a monster," {he} thought.
"Maybe it is a ghost," {he} whispered. {His} {hands} were cold.
Is it a giant? Is it a wild animal? {H} thought of many things, and all of them had big teeth.
{He} tried to think of something nice. But there it was again. "{Noise}!"
## friend
{He} woke up {f}, {afkind} who was visiting {him}. "Do you hear that?" {he} asked. {F} nodded and came closer.
"{F}?" {he} whispered. {F}, {afkind}, was sleeping nearby. "I hear it, too," {f} whispered back.
That night {f}, {afkind}, was staying with {him}. "Are you awake?" asked {h}. "Yes," said {f}. "Are you afraid?" "A \
bit," said {h}.
# decide
"We can lie here and be afraid, or we can go and look," said {f}. {H} swallowed. "Let us go and look."
"If we do not look, we will never know," said {h}. {He} was surprised at how brave that sounded.
"You go first," said {f}. "No, you," said {h}. In the end they went together.
# creep
On tiptoe they crept toward the noise, step by step. "{Noise}!" It grew louder.
They took a little lamp and went very slowly. The noise came from a place {at1}.
They held on to each other and went on. {At1} it was loudest of all.
# almost 40
Once {h} stepped on a twig, and both of them jumped.
"I want to go back," whispered {f}. "Only three more steps," {h} whispered.
A shadow moved. It was only their own.
## find
And then they saw it. It was only {cause}!
{H} took all {his} courage together and looked. What did {he} see? It was {cause}.
{He} held up the light. There was no monster. It was {cause}!
# after
?alive: "Oh, you little thing!" said {h}. "Did we scare you? You scared us, too."
?alive: It looked at them with big eyes. It was more afraid than they were. So they gave it something to eat and \
spoke to it softly.
?snore: They had to put their {hands} over their mouths so that nobody heard them laugh.
?snore: "So much noise from one nose!" whispered {f}, and they giggled all the way back.
?!alive !snore: First they were quiet. Then they laughed until they had to sit down.
?!alive !snore: "We were afraid of that?" said {f}, and both of them began to laugh.
## end
Then they went back to bed. "{Noise}," it went outside. But now it sounded almost like a song.
Since then, when {h} hears something strange, {he} goes and has a look.
"Good night," said {h}. "Good night," said {f}. And soon both of them were asleep.
Most monsters are very small when you look at them closely. That is what {h} learned that night.
"""),

Plot("race", "child child animal animal animal sea", "a race and kindness|winning and helping|a race",
     "who wants to win a race|who stops to help in a race|who runs in a big race", draws=[
         [{"tags": "last"}, {"tags": "both"}, {"tags": "medal"}]], text="""
# race
Once a year there was a great race. It started {at1} and ended {at2}.
One {day} {g} put up a sign. "Tomorrow there will be a race!" it said.
The day of the big race had come. Everybody was there, the big ones and the small ones.
{H} had been waiting for one thing all year: the big race.
# train
{H} had trained every day, and {he} really wanted to win.
"This year I will win," said {h}. {He} had never won anything before.
{H} was fast. But {f}, {afkind}, was fast, too.
{He} dreamed of the prize, a golden cup full of {food}.
# start
"One, two, three, go!" called {g}. And off they went!
They all stood in one line. "Ready? Go!" shouted {g}, and they were off.
{G} waved a flag, and the race began.
# ahead
{H} {moved} as fast as {he} could. Soon only {f}, {afkind}, was in front of {him}.
{H} passed one after the other. In the end, only {f}, {afkind}, was ahead of {him}.
At first {h} was last. Then {he} was in the middle. And then {he} could see {f}, {afkind}, who was the first.
## fall
But suddenly there was a cry. {F} had fallen and could not get up.
Then, {at3}, {f} hurt {fhimself} and had to stop. "Ow!" {fhe} cried.
Just before the end, {f} slipped. {Fhe} lay on the ground and held {fhis} side.
# choice
{H} could see the finish. Nobody was ahead of {him} now! But {he} heard {f} crying behind {him}.
"Now I can win!" thought {h}. But then {he} looked into {f}'s face, and {he} stopped.
{H} was already past. Five more steps, four more steps. Then {he} turned around.
# help
"Are you hurt?" asked {h}. "I cannot go on," {f} sobbed. "Then lean on me," said {h}.
{H} went back. "Come," {he} said. "We will do it together." {F} looked at {him} in surprise.
"Go on," said {f}. "You will lose!" "Maybe," said {h}. "But I cannot leave you here." And {he} helped {fhim} up.
# others 60
The others went past them, one after the other. {H} did not look at them.
One after the other overtook them. It hurt a little, but {h} did not let go of {f}.
Step by step they went on. It was very slow.
## finish
?last: They were the last to reach the finish. But when they got there, everybody clapped and cheered, louder than \
for the winner.
?last: They came in last, side by side. For a moment it was quiet. Then everybody began to cheer.
?both: When the others saw that, they stopped, too. They waited. And in the end all of them crossed the line together.
?both: Then something strange happened. The others came back, and together they carried {f} over the finish. \
Everybody was first, and nobody was last.
?medal: When they reached the finish, the winner was already holding the cup. But the winner looked at {h} for a long \
time and said, "This belongs to you."
?medal: At the finish {g} was waiting with two prizes. "One is for the fastest," {ghe} said, "and one is for the \
kindest." And {ghe} gave the second one to {h}.
# thanks
"You did not win because of me," said {f}. "I won a friend," said {h}.
"Thank you," {f} said softly. "I would not have thought of that." "Next time you will," said {h}.
{F} hugged {him}. "You are the real winner," {fhe} said.
## end
{H} did not get the golden cup, but {he} went home happier than anybody else.
The next year they trained together. Who won? That was not so important any more.
Long after that, nobody remembered who had been the fastest. But everybody remembered {h}.
"Winning is nice," {h} told {his} {parent} in the evening. "But helping feels nice for longer."
"""),

Plot("quarrel", "child child animal animal fly sea toy robot folk",
"a quarrel and making up|two friends who quarrel|making peace",
     "who quarrels with a friend|who is angry with {his} best friend|who makes up with a friend", draws=[
         [{"why": "who was the older one"}, {"why": "which game they should play"}, {"why": "who should go first"},
          {"why": "who had won the game"},
          {"why": "a piece of string that each of them had seen first"}, {"why": "whose turn it was"}],
         [{"tags": "gift"}, {"tags": "storm", "if": "!room !sea"}, {"tags": "note"}]], text="""
# friends
{H} and {f}, {afkind}, were best friends. They did everything together.
{H0}'s best friend was {f}, {afkind}. Where one of them was, the other was never far away.
Every day {h} played with {f}, {afkind} from nearby. They had never had a quarrel.
# quarrel
But one {day} they quarreled about {why}. "I am right!" shouted {h}. "No, I am!" shouted {f}.
One {day} they began to argue about {why}. First they talked, then they shouted.
One {day} {h} said one thing, and {f} said another thing. It was about {why}. Soon both of them were red with anger.
It started with something small. They could not agree about {why}.
# words
"You are not my friend any more!" said {h}. "Good!" said {f}. And they went away in different directions.
"I will never play with you again," said {f}, and {fhe} turned {fhis} back.
{H} said something that was not nice at all. {F} said something worse. Then they both went home.
# angry
At home {h} was still angry. "I do not need {f}," {he} said to {himself}.
"I can play very well alone," thought {h}. {He} went {to1} and tried to play.
{H} kicked a stone {at1}. {He} was so angry that {his} ears were hot.
## miss
But nobody laughed at {his} jokes, and nobody asked {him} anything. The day was very long.
The next day was strange. {H} saw something funny and wanted to tell {f} about it. Then {he} remembered.
Slowly the anger went away, and something else came. {H} missed {f}.
After a while {he} did not even know any more why {he} had been so angry.
# advice 55
{G} saw {him} sitting there. "What was it about?" {ghe} asked. {H} told {ghim}. "And is that more important than \
{f}?" asked {g}.
"Being right is nice," said {g}, "but it does not play with you."
"Somebody must take the first step," said {g}. "It is the hardest step in the world, but it is a very short one."
# turn
?gift: {H} took the best thing {he} had, some {food}, and set out to see {f}. Halfway there, {he} met {f}, who was \
coming to see {him}. And {f} was carrying a present, too!
?gift: {H} packed up some {food} and {moved} to {f}'s home. {Fhe} opened at once, as if {fhe} had been waiting.
?storm: In the evening a storm came up. {H} knew that {f} was afraid of thunder. {He} did not think about the quarrel \
any more. {He} {moved} through the storm to {f}'s home.
?storm: Then thunder rolled over {the}. "{F} is all alone," thought {h}, "and {fhe} is afraid of storms." {He} went \
to {fhim} as fast as {he} could.
?note: {H} drew a picture. It showed the two of them playing together. {He} put it in front of {f}'s door, knocked \
and hid.
?note: {H} made a little heart out of [leaves|small stones] in front of {f}'s door. Then {he} waited {at2}.
## sorry
"I am sorry," said {h}. "I am sorry, too," {f} said at the same time. Then they had to laugh.
"I was silly," said {h}. "I was sillier," said {f}. "No, I was!" said {h}. And they laughed because they were arguing \
again.
"Can we be friends again?" {h} asked. {F} nodded. "I missed you," {fhe} said.
# hug 70
They hugged each other for a long time.
Then they ate {food} together, and each gave the bigger half to the other.
"What was our quarrel about?" asked {f}. "I have forgotten," said {h}.
## end
Since then, they still argue sometimes. But they never go to bed angry.
And the next day they played together as if nothing had happened.
Best friends can quarrel. But best friends also find the way back.
That night {h} slept well, because everything was good again.
"Next time let us count to ten before we shout," said {h}. "Or to a hundred," said {f}.
"""),

Plot("wish", "child child animal animal fly toy robot folk sea", "a wish|having one wish|a magic wish",
     "who has one wish|who is given a wish|who does not know what to wish for", draws=[
         [{"giver": "the star",
           "how": "One night {h} saw a star fall from the sky. \"You have one wish,\" it whispered",
           "if": "!sea !room"},
          {"giver": "the fairy",
           "how": "One {day} {h} helped a tiny fairy out of a spider's web. \"You have one wish,\" the fairy said",
           "if": "!sea !room !snow"},
          {"giver": "the golden fish",
           "how": "One {day} a golden fish came by. \"You once set me free,\" it said. \"Now you have one wish\"",
           "if": "sea"},
          {"giver": "the lamp",
           "how": "One {day} {h} found an old lamp {at1} and rubbed it clean. \"You have one wish,\" said a deep voice",
           "if": "!sea"},
          {"giver": "the magic stone",
           "how": "One {day} {h} found a stone that glowed in the dark. \"You have one wish,\" it said", "tags": "oo"}],
         [{"tags": "forother"}, {"tags": "toobig"}, {"tags": "nowish"}]], text="""
# gift
{How}.
{How}. {H} could not believe it.
Then something wonderful happened. {How}.
# think
"Only one?" asked {h}. "Only one. So think well," said {giver}.
{H} thought about it. Should {he} wish for a mountain of {food}? Or for a castle?
"A wish!" said {h}. "What shall I take?" There were so many things.
{He} wanted to be careful. A wish is quickly used up.
# ask 65
{He} asked {f}, {afkind} and {his} best friend. "I would wish to fly to the moon," {fhe} said.
{He} asked {g}. "When I was young, I wished for gold," {g} said. "Today I would wish for a good friend."
All the others had ideas. One said gold. One said cake. One said, "Never have to wash again!"
## middle
?forother: Then {h} came past {f}, {afkind}. {F} lay in bed and was very ill. {Fhe} could not even smile.
?forother: On the way home {h} heard somebody cry. It was {f}, {afkind}. {Fhe} had hurt {fhis} leg badly and could \
not play any more.
?toobig: "I want to be as tall as a tree!" {he} said at last. Whoosh! And {he} was. At first it was fun. But then \
{he} wanted to go home, and {he} did not fit into {his} {home}.
?toobig: "I wish that everything I touch turns to {food}," {h} said. Whoosh! First {he} laughed. But then {he} \
touched {his} {bed}, and that turned to {food}, too. And so did everything else around {him}!
?nowish: {H} thought all day. "I have a {home}," {he} said. "I have enough to eat. I have {f}, {afkind} who is my \
best friend. What do I need?"
?nowish: {H} sat down {at2} and looked around. The light was golden, {f} was telling a joke to {g}, and supper was \
nearly ready. {F}, {afkind}, was {his} best friend.
# decision
?forother: {H} did not have to think any longer. "I wish that {f} is well again," {he} said.
?forother: "Now I know it," said {h} to {giver}. "Please make {f} well."
?toobig: "Oh please," cried {h}, "make everything as it was before!" "You had only one wish," said {giver}. Then it \
saw {h0}'s tears. "Well," it said, "just this once."
?toobig: {H} felt so unhappy that {he} cried. "I was silly," {he} said. {Giver} took pity on {him}. Whoosh! \
Everything was as before.
?nowish: "I have it," said {h}. "I wish that everything stays just as it is today."
?nowish: {H} went back to {giver}. "Please give my wish to somebody who needs it more," {he} said.
# result
?forother: There was a soft sound like a bell. And {f} jumped up and laughed!
?forother: In the same moment {f} stood up. "I feel so well!" {fhe} cried.
?toobig: {H} touched {his} nose, {his} {hands} and {his} {bed}. Everything was right again. "Never before have I been \
so glad to be me," {he} said.
?toobig: "Thank you," said {h}. And {he} laughed because everything was so wonderfully normal.
?nowish: "That is the wisest wish I have ever heard," said {giver}.
?nowish: Everything was quiet for a moment. Then there was a warm light. "You are already rich," said {giver}.
## end
{H} had no wish left. But {he} did not need one.
"What did you wish for?" asked {his} {parent} in the evening. {H} only smiled.
Since then, {h} knows that the best things are often already there.
{Giver} disappeared and was never seen again. But {h} was happy all the same.
"""),

Plot("mystery", "child child animal animal fly toy robot",
"a small mystery|?!hole: somebody who takes things|finding out a secret",
     "who solves a small mystery|who wants to find out who takes the {gone}|who follows a trail", draws=[
         [{"gone": "buttons"}, {"gone": "spoons"}, {"gone": "socks", "if": "!animal"}, {"gone": "berries",
          "if": "!room"},
          {"gone": "apples", "if": "!snow !room"}, {"gone": "feathers"}],
         [{"tags": "nest", "if": "!room !snow"}, {"tags": "gift"}, {"tags": "tiny"}, {"tags": "hole"}]], text="""
# gone
Something strange was going on. Every night, some {gone} disappeared.
"My {gone} are gone again!" cried {g} one morning. It was the third time that week.
One morning {h} counted {his} {gone}. The day before there had been ten. Now there were only seven.
Everybody was talking about it. The {gone} were disappearing, one after the other, and nobody knew why.
# detective
"I will find out who does it," said {h}.
{H} loved riddles. "There is always an answer," {he} said.
"Leave it to me," {h} said, and {he} looked around very carefully.
# friend
{F}, {afkind}, wanted to help. "I will keep my eyes open," {fhe} said.
{He} took {f} along, {afkind} with sharp ears. "Two heads are better than one," {he} said.
"May I come with you?" asked {f}, {afkind} who lived nearby. "Yes, but you must be very quiet," said {h}.
## clue
On the ground they saw tiny prints. They led {to1}.
{H} found a trail of crumbs. It went {to1} and then {to2}.
{At1} they found the first clue. It was a little thread, and it pointed {to2}.
They asked everybody. "I heard something in the night," said one. "It went {to1}," said another.
# wrong 60
"I think it was {g}," whispered {f}. But {g} had been asleep all night.
At first they suspected the wind. But the wind does not take only {gone}.
They followed a shadow for a long time. It turned out to be their own.
# wait
That night they hid {at2} and waited. {F} yawned. {H} pinched {himself} to stay awake.
So they hid when it grew dark. For a long time nothing happened. Then, pit, pat, pit, pat, they heard small feet.
"We will catch the thief tonight," said {h}. They put out some {gone} and hid.
## find
?nest: A little bird came, took one of the {gone} and flew off. They followed it. In its nest the bird had put \
everything neatly in a circle. "I wanted to make my nest beautiful for my babies," it said.
?nest: It was a young magpie! She was lining her nest. "I did not know that they belonged to anybody," she said.
?gift: Then {g} came along on tiptoe and picked up some {gone}. "{G}!" cried {h}. {G} turned red. "I am making a \
present for your birthday," {ghe} said. "It was meant to be a surprise!"
?tiny: It was somebody very small. A tiny {fkind} was carrying the {gone} away. "I wanted to make a gift for my \
mother," the little one said and began to cry.
?hole: Nobody came. But then {h} saw how one of them began to move. It rolled and rolled and fell into a little hole \
in the ground! Down there lay all the missing {gone}.
?hole: Then they heard a soft plop. {H} held up the lamp. There was a hole in the bag in which the {gone} were kept! \
They had simply fallen out, one after the other.
# after
?nest: {H} thought about it. "You can keep some of them," {he} said, "and we will bring you moss and wool. That is \
softer for babies."
?nest: So {h} and {f} brought soft wool and dry grass, and the bird gave the {gone} back.
?gift: "Then we know nothing," said {h} and winked at {f}.
?gift: "What present?" asked {h}. "I have already forgotten everything." And all three of them laughed.
?tiny: {H} and {f} looked at each other. "We will help you with the present," said {h}, and the little one stopped \
crying.
?tiny: "Then let us make a present together," said {h}, "and you bring back what is not yours." And that is what they \
did.
?hole: "So there was no thief at all!" said {f}. And everybody laughed, {g} most of all.
?hole: They filled the hole, and never again did anything disappear.
## end
"The case is closed," said {h} proudly.
Since then, everybody goes to {h0} when there is a riddle to solve.
"You should never be angry before you know the whole story," said {h}.
"What is the next mystery?" asked {f}. "Where the moon sleeps by day," said {h}.
"""),
]
