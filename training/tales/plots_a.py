"""Plots of losing and finding, of fear, of friends, of the truth."""
from .grammar import Plot

PLOTS = [
Plot("lost", "child child animal animal fly sea toy robot",
"a lost {o}|losing something and finding it again|looking for a lost thing",
     "who loses {ao}|who cannot find {his} {o}|who lost {his} {o} and looks for it everywhere", draws=[
         [{"tags": "friendhas"}, {"tags": "lastplace"}, {"tags": "elder"}, {"tags": "baby"}]], objects="small",
     hook="""
"Where is my {o}?" That was the voice of {ah}{named} who lived {in}.
"Oh no! It is gone!" cried {ah}{named}. {He} lived {in}, and {he} never lost anything.
""", text="""
# treasure
{H} had {ao}, and {he} loved it more than anything else. Every day {he} {used}.
The thing {he} liked best was {his} {o}. {He} took it along wherever {he} went.
{His} {parent} had once given {him} {ao}. {H} [liked to {use}|loved to {use}], and {he} always kept it close.
{H} owned only one treasure, {ao}. It was not worth much, but to {him} it was the most wonderful thing in the world.
On {his} birthday {he} had been given {ao}. Since then not a day had gone by when {he} did not look at it.
# gone
But one day, the {o} was gone.
One {day} {h} wanted to {use}, but it was not there.
Then came a sad morning. {H} looked in the usual place, and the {o} was not there!
After a long day of play, {h} came home and stopped. "My {o}!" {he} cried. "I have lost it!"
But when {he} woke up one morning, {he} could not find it anywhere.
# feel 55
{H} felt a lump in {his} throat.
A tear ran down {his} face.
"It cannot just [walk|fly] away," {he} said to {himself}. "It must be somewhere."
At first {he} wanted to cry, but then {he} took a deep breath. "I will look for it," {he} said.
How empty the day felt without it!
## search
First {he} looked {at1}. There was nothing there. Then {he} looked {at2}. Nothing there, either.
{He} looked {at1} and {at2}, but the {o} was not there.
{H} searched all over {the}. {He} looked {at1}. {He} looked {at2}. {He} even looked in places where {he} had never been.
So {h} went {to1} and looked under every leaf and every stone. All {he} found was [a bent spoon|an old nut|a piece of \
string].
"Think," said {h}. "Where did I have it last?" {He} went {to1}, but it was not there. {He} went {to2}, but it was not \
there.
Up and down {he} {moved}, [from one end of {the} to the other|looking left and looking right], but {he} did not see it.
# meet
On the way {he} met {f}, {afkind}. "Why do you look so sad?" asked {f}. "I have lost my {o}," said {h}. "Then I will \
help you," said {f}.
{F}, {afkind} who lived nearby, saw {him}. "What are you looking for?" {fhe} asked. {H} told {fhim} everything. "Two \
find more than one," said {f}, and they went on together.
"Can I help you look?" asked a friendly voice. It was {f}, {afkind} from next door. {H} nodded and felt a little better.
{H} asked {f}, {afkind} {he} knew well. "Have you seen {ao}?" {F} shook {fhis} head. "No, but four eyes see more than \
two. Let us look together!"
# second 40
Together they looked {at4}. They found nothing but [a lost glove|a few feathers|some old leaves].
They called, "{O}, where are you?" Then they had to laugh, because {ao} cannot answer.
"Do not give up," said {f}. "We have not looked everywhere yet."
## find
?lastplace: Then {f} asked, "Where did you play yesterday?" {H} thought hard. "I was {at3}!" {he} cried. They {moved} \
there as fast as they could, and there it was.
?lastplace: Suddenly something [shone|peeped out] {at3}. {H} came closer. It was the {o}! {He} had put it down there \
the day before and forgotten all about it.
?lastplace: "Stop," said {f}. "Sit down and close your eyes. What did you do yesterday?" {H} closed {his} eyes. \
Yesterday {he} had rested {at3}. And that was just where they found the {o}.
?elder: They asked {g}, who saw everything that happened in {the}. "Look {at3}," said {g}. "The wind plays there, and \
it carries many things away." They looked there, and {g} was right. There was the {o}!
?elder: Then they came to {g}. "I think I know where it is," {ghe} said with a smile. "I found it {at3} and kept it \
safe for you." And {ghe} gave {h} the {o}.
?friendhas: Then {f} saw something {at3}. "Is that it?" {fhe} asked. {H} looked, and {his} heart jumped. "Yes! That \
is my {o}!"
?friendhas: They were about to go home when {f} tripped over something {at3}. {Fhe} bent down and picked it up. It \
was the {o}, a bit dirty but not broken.
?baby: {At3} they heard somebody laugh. A tiny {fkind} sat there and played with the {o}. "I found it," said the \
little one. "Is it yours?" {H} nodded. "Thank you for finding it," {he} said.
?baby: {At3} sat a very small {fkind} with the {o} in {fhis} lap. "It looked so alone, so I looked after it," the \
little one said shyly. {H} was so glad that {he} could not be angry.
# after 80
?baby: {H} let the little one play with it a bit longer. It was nice to see somebody else so happy.
?baby: "You may come and play with it any time," {h} said, and the little one beamed.
?!baby: {H} hugged {his} {o} and then {he} hugged {f}, too.
?!baby: "Thank you, {f}," said {h}. "Without you I would still be looking."
?!baby: {H} jumped for joy. Then the two of them sat down and shared some {food}.
?!baby: {H} cleaned the {o} with care. "Let us play with it together," {he} said to {f}.
## end
From that day on, {h} always put the {o} back in its place in the evening.
That evening, {h} put the {o} next to {his} {bed}. "Now I have two treasures," {he} thought. "My {o} and my friend {f}."
"I lost {ao} and found a friend," said {h}. And that was even better.
Since then, when anybody loses something, {h} is the first one to help.
{H} had learned something that day. It is easier to find things when you do not look alone.
"Next time I will take better care of you," {he} whispered to the {o}.
"""),

Plot("dark", "child child animal animal fly sea toy robot folk",
"being afraid of the dark|the dark|being brave at night",
     "who is afraid of the dark|who does not like the night|who learns that the dark is not bad", draws=[
         [{"tags": "stars", "if": "!room !sea"}, {"tags": "light"}, {"tags": "other"}, {"tags": "shadow", "if": \
"!sea"}]], hook="""
"Please do not put out the light!" said {ah}{named} who lived {in}.
""", text="""
# fear
{H} was not afraid of [wind|rain] or thunder. But {he} was afraid of the dark.
By day {h} was very brave. But when the sun went down, {he} pulled {his} head under the covers.
There was only one thing that {h} did not like, and that was the dark.
Every evening, when the light went away, {h} began to tremble.
"I wish it were never night," {h} often said. In the dark everything looked strange to {him}.
# why 60
The dark was so big and so quiet, and nobody could say what was in it.
In the dark, every little sound was loud. Something creaked. Something rustled. {H} held {his} breath.
"What if there is something in it?" {he} thought. "Something with big eyes?"
{He} never told anybody, because {he} thought they would laugh.
{He} lay awake and counted to a hundred, and then {he} counted to a hundred again.
## night
One night, {h} could not sleep at all. {He} saw something black {at1}, and {he} called for help. {F}, {afkind} who \
lived nearby, came at once.
One evening, {his} friend {f} came to visit. {F}, {afkind}, saw that {h} was shaking. "What is the matter?" {fhe} asked.
One night it was darker than ever before. {H} whispered, "Is anybody there?" "I am here," said {f}, {afkind} who \
lived next door.
One evening, {h} had to go home alone, and it was getting dark. Then {he} met {f}, {afkind} {he} knew. "Shall we go \
together?" asked {f}.
# tell
"I am afraid of the dark," {h} said in a very small voice. {F} did not laugh.
At first {h} did not want to say it. But then {he} whispered, "The dark scares me." "Thank you for telling me," said \
{f}.
"It is so dark," whispered {h}. "I know," {f} said. "I used to be afraid, too."
{F} took {his} {hand} in {fhis}. "Being afraid is not bad," {fhe} said. "Come, I will show you something."
## turn
?stars: "Look up," said {f}. {H} looked up and forgot to be afraid. The whole sky was full of stars! "You can only \
see them when it is dark," {f} said.
?stars: They went outside together. The moon was round and yellow, and a thousand stars twinkled over {the}. "Oh!" \
said {h}. "I have never looked up before."
?stars: They sat down {at2} and waited. One star came out, then two, then more than anybody could count. "The night \
is not empty," said {f}. "It is full of lights."
?light: {F} had a little lamp. They [looked around|shone it] into every corner, and in every corner there was only \
something they knew. "It is the same place as by day," said {f}. "The dark just covers it like a blanket."
?light: Then a tiny light came by. It was a [shining little creature|little lantern that {g} was carrying]. "Good \
evening," said a soft voice. The little light was not big, but all the dark in the world could not put it out.
?other: Then they heard somebody cry {at2}. It was a very small {fkind}, all alone in the dark. {H} forgot {his} \
fear. "Do not cry," {he} said. "I am here. I will bring you home."
?other: "Hello?" called somebody even smaller. A baby {fkind} had lost the way. {H} thought, "The little one is more \
afraid than I am." So {he} took a deep breath and said, "Come with me. I know the way, even in the dark."
?shadow: There was something big and black {at1}. They walked up to it very slowly. {F} touched it and laughed. It \
was only [an old coat on a hook|a bush in the wind|an old broom]! In the dark it had looked like a monster.
?shadow: "What do you see {at1}?" asked {f}. "A big black monster!" said {h}. They went closer, one step at a time. \
It was only a shadow. When {h} waved, the shadow waved back. {H} had to giggle.
# brave
?other: The little one stopped crying, and together they found the way. On the way home {h} noticed that {his} knees \
were not shaking any more.
?other: "You are so brave," said the little one at the door. {H} thought about that for a long time.
?!other: {H} breathed in and out. The dark was still there, but it felt softer now.
?!other: For the first time {h} listened to the night. It was not [bad|scary]. It was only quiet.
?!other: "So that is all!" said {h}, and {he} felt how {his} heart grew calm.
?!other: They stayed there for a while and told each other funny stories. Soon {h} forgot to be afraid.
## end
The next night, {h} was still a little afraid. But {he} said, "Good night, dark," and the dark was friendly and quiet.
Since then, {h} has liked the night. It is the time when the world rests.
From that night on, {h} slept well. And when somebody else was afraid, {he} said, "Come, I will show you something."
{H} learned that you can be brave and afraid at the same time.
That night {h} lay in {his} {bed}, closed {his} eyes and smiled. The dark was like a soft, warm blanket.
"""),

Plot("sharing", "child child animal animal animal fly sea folk", "sharing|learning to share|being greedy",
     "who does not want to share|who learns to share {his} {food}|who has a lot of {food} and keeps it all", draws=[
         [{"tags": "ache"}, {"tags": "alone"}, {"tags": "give"}],
         [{"food": "apples", "if": "!sea !snow"}, {"food": "nuts", "if": "!sea !snow"}, {"food": "berries",
          "if": "!sea"},
          {"food": "cookies", "if": "child"}, {"food": "strawberries", "if": "child"}, {"food": "cherries",
           "if": "!sea !snow"},
          {"food": "sweet sea grapes", "if": "sea"}, {"food": "crunchy sea grass", "if": "sea"}, {"food": \
"cloudberries", "if": "snow"}]], hook="""
"Mine, mine, all mine!" sang {ah}{named} who lived {in}.
""", text="""
# find
One {day} {h} found a big heap of {food} {at1}. There was more than {he} could carry!
It was a lucky day. {G} gave {h} a whole basket of {food}.
{H} had worked hard all week, and now {he} had a big pile of {food}.
One {day} {h} came home with a bag full of {food}. It was the best {food} in the world, or so {he} thought.
# hide
"This is all for me," said {h}, and {he} hid it {at2}.
{He} looked left and {he} looked right. Nobody had seen it. "Good," {he} thought. "Then I need not share."
{H} carried everything home and shut the door. "I will not give away one single bite," {he} said.
{He} sat down with {his} back to the others so that nobody could see what {he} had.
## ask
Then {f} came by. {F} was {afkind}, and {fhe} was very hungry. "May I have a little bit?" {fhe} asked. "No," said \
{h}. "I need it all."
"That smells good," said {f}, {afkind} who was passing by. "I have not eaten since yesterday. Can you share with me?" \
{H} shook {his} head.
After a while, {f} knocked. {Fhe} was {afkind} from nearby. "I have nothing to eat today," {f} said softly. {H} \
looked at the floor. "I have nothing, either," {he} said. But that was not true.
{F}, {afkind} with a friendly face, stopped and said, "You have so much! Would you give me some?" "Find your own!" \
said {h}.
# sad
{F} did not say anything. {Fhe} just turned around and went away slowly.
"Oh," said {f}, and {fhis} eyes became sad. "Never mind." And {fhe} left.
{F} nodded and went away with an empty belly.
## turn
?ache: {H} ate and ate. Soon {his} belly was as round as a ball, and it began to hurt. "Ow," {he} moaned. There was \
still a lot left, but {he} could not eat another bite.
?ache: So {h} ate it all alone. But the last bite was not as good as the first. {His} belly hurt, and {he} had to lie \
down.
?alone: {H} began to eat. But it was strange. The food did not taste as good as usual. It was so quiet, and there was \
nobody to talk to.
?alone: {H} sat alone with {his} {food}. From far away {he} could hear the others laugh. Nobody laughed with {him}.
?give: Soon after that, {h} saw {f} {at3}. {F} had found one small thing to eat. And what did {fhe} do? {Fhe} broke \
it in two and gave half of it to a tiny {fkind} who was hungry, too.
?give: In the evening {h} went for a walk and saw {f} {at3}. {F} had only a crumb, but {fhe} smiled at {him}. "Would \
you like half of it?" {fhe} asked. {H} turned red.
# think
"That was not kind of me," thought {h}. "I have so much, and {f} has nothing."
Now {h} felt sorry. "What good is all this," {he} thought, "if I have nobody to share it with?"
{H} thought about {f}'s sad eyes, and {his} heart grew heavy.
{G} saw {him} sitting there. "Shared food tastes twice as good," {ghe} said. {H} knew that {ghe} was right.
?give: "{F} has so little and gives half of it away," thought {h}. "And I have so much and give nothing."
## share
So {h} packed up everything that was left and {moved} to {f}. "I am sorry," {he} said. "Please eat with me."
{H} jumped up. {He} called {f} and all the others. "Come!" {he} shouted. "There is enough for everybody!"
Quickly {he} {moved} {to4}, where {f} was sitting. "I was not telling you the truth, and I was greedy," {he} said. \
"Half of it is yours." {F} beamed.
{He} put the biggest piece into a bowl and brought it to {f}. "This is for you," {he} said shyly.
# together 75
They sat down {at4} and ate together. They talked and laughed until the sun went down.
How good everything tasted now! {H} could hardly believe that it was the same food.
{F} told a funny story, and {h} laughed so much that {he} nearly fell over.
More and more friends came, and everybody brought something. In the end it was a real feast.
## end
From then on, {h} always shared, and {he} was never alone again.
"Sharing makes less for me," said {h}, "but more for us." And {f} said, "More fun, too!"
That day {h} learned that the best {food} is the {food} you share.
And when {h} finds {food} now, {he} calls {his} friends first.
"Tomorrow I will bring something," said {f}. And {fhe} did.
"""),

Plot("newcomer", "child child animal animal fly sea toy robot folk", "making a new friend|being new|finding a friend",
     "who is new and has no friends yet|who wants to find a friend|who is lonely and makes a friend", draws=[
         [{"tags": "ball", "game": "hide and seek"}, {"tags": "shyfriend", "game": "catch"}, {"tags": "helpful",
          "game": "tag"}]],
     hook="""
"Will anybody play with me?" asked {ah}{named} who had just come to live {in}.
""", text="""
# new
{H} had moved there only a week ago, and {he} did not know anybody.
Everything was new. {H} did not know the paths, and {he} did not know the faces.
But {h} had one wish. {He} wanted to have a friend.
{H} was new there. All the others knew each other already, and {he} was often alone.
# watch
Every day {h} saw the others play {at1}. They laughed and shouted. {H} only watched from far away.
{At1} some others were playing {game}. {H} wanted to join in, but {he} did not dare to ask.
{H} sat {at1} and played alone. But playing alone is only half the fun.
When the others played {game}, {h} stood [at the side|a little way off] and looked at {his} {hands}.
# feel 60
"Maybe they do not like me," {he} thought.
{He} felt very small and very lonely.
At home {he} told {g} about it. "Say hello," said {g}. "It is a small word, but it opens big doors."
"What if they say no?" {he} thought. And so {he} said nothing.
## try
?ball: One {day} something rolled right up to {him}. It was a red ball! {H} picked it up. "Thank you!" called {f}, \
{afkind} with a big smile. "Throw it to me!"
?ball: Then a red ball came rolling along and stopped in front of {him}. {F}, {afkind}, came after it. "Can you \
throw?" {fhe} asked. "Yes," said {h}, and {he} threw the ball back.
?shyfriend: Then {h} saw that {he} was not the only one. {At2} sat {af}. {Fhe} was alone, too, and looked at the ground.
?shyfriend: One {day} {h} heard somebody sniff {at2}. There sat {af}. "Why are you sad?" asked {h}. "I have nobody to \
play with," {f} answered.
?helpful: One {day} {h} heard a cry for help. {F}, {afkind}, was stuck {at2} and could not get out. {H} did not think \
twice. {He} pulled and pulled until {f} was free.
?helpful: One {day} {h} met {af} who was carrying far too many things. Plop! Everything fell down. "Wait, I will help \
you," said {h}, and together they picked it all up.
# talk
?shyfriend: {H} took a deep breath. "Hello," {he} said. "I am new here. Do you want to play with me?" {F} looked up. \
"I was hoping that you would ask," {fhe} said.
?shyfriend: "Me, too," said {h}. They looked at each other. Then both of them began to laugh. "Now each of us has \
somebody," said {f}.
?ball: "You throw well," said {f}. "Do you want to play with us?" {H} could not believe {his} ears. "Yes, please!" \
{he} said.
?ball: "What is your name?" asked {f}. "I am {f}, and we need one more player." {H} told {fhim} and felt {his} face \
grow warm with joy.
?helpful: "Thank you!" said {f}. "You are very kind. I have never seen you before." "I am new here," said {h}. "Not \
any more," said {f}. "Now you are my friend."
?helpful: "That was nice of you," {f} said. "Come with me. I want to show you to the others."
## play
They played {game} until it got dark, and {h} laughed more than {he} had laughed in a long time.
{F} showed {him} the best places: the one {at3} and the secret one {at4}.
First they played {game}. Then they sat down {at3} and told each other everything about their homes.
"Do you know {game}?" asked {f}. {H} did not, so {f} showed {him}. It was easy and a lot of fun.
# share 50
{H} had brought some {food}, and {he} gave half to {f}.
When it was time to go home, {f} said, "Will you come again tomorrow?" "Of course!" said {h}.
Some of the others joined them, and soon {h} knew all their names.
## end
That evening, {h} told {his} {parent}, "I have a friend now!"
Now {h} is not new any more. And when somebody new comes, {he} is the first one to say hello.
From that day on, {h} and {f} were the best of friends.
"It was not so hard," thought {h} that evening. "One of us just had to begin."
Before {he} fell asleep, {h} thought about the day. The place was still the same, but now it felt like home.
"""),

Plot("lie", "child child child animal animal sea fly toy",
"telling the truth|telling a lie and feeling sorry|being honest",
     "who tells a lie and feels sorry|who learns to tell the truth|who does not tell the truth at first", draws=[
         [{"deed": "ate the whole cake that was meant for everybody", "thing": "the cake", "had": "eaten the cake",
          "fix": "bake a new one",
           "fixed": "baked a new cake together", "if": "!sea !fly !animal"},
          {"deed": "ate all the {food} that was meant for everybody", "thing": "the food", "had": "eaten it all",
           "fix": "get some more",
           "fixed": "went out and got some more", "if": "!toy"},
          {"deed": "knocked over a jar, and it broke", "thing": "the jar", "had": "broken the jar",
           "fix": "sweep it up",
           "fixed": "swept everything up and found a new jar", "if": "!sea !fly !animal"},
          {"deed": "lost the silver spoon that {g} had lent {him}", "thing": "the spoon", "had": "lost the spoon",
           "fix": "look for it",
           "fixed": "looked for it and found it {at3}"},
          {"deed": "stepped on the flowers that {g} had planted", "thing": "the flowers",
           "had": "stepped on the flowers",
           "fix": "plant new ones", "fixed": "planted new flowers", "if": "!sea !fly !toy !snow !room"}],
         [{"tags": "blame"}, {"tags": "deny"}]], hook="""
"It was not me!" said {ah}{named}. But was that true? {He} lived {in}, and this is what happened there.
""", text="""
# deed
One {day} {h} was alone, and {he} {deed}.
One {day}, something bad happened. {H} was not careful, and {he} {deed}.
It happened very quickly. {H} {deed}. Nobody had seen it.
{H} had not planned to do anything wrong. But one {day} {he} {deed}.
# scare 60
"Oh dear," {he} thought. "Now everybody will be angry with me."
{His} heart beat fast. What should {he} do?
{He} stood still for a moment and wished that it had not happened.
{He} looked around. Only the wind had seen it.
## question
?deny: Soon {g} came. "What has happened to {thing}?" {ghe} asked. {H} looked away. "I do not know," {he} said. "I \
was not here."
?deny: "Do you know anything about {thing}?" {g} asked a little later. "No," said {h} quickly. It was a small word, \
but it felt as heavy as a stone.
?blame: "Who did this?" asked {g}. {H} was afraid. "It was {f}," {he} said, although that was not true. {F} was \
{afkind} and {his} best friend.
?blame: When {g} asked about {thing}, {h} said the first thing that came into {his} head. "{F} did it!" {F}, {afkind} \
who lived nearby, had done nothing at all.
# consequence
?blame: {G} went to {f} and was very stern with {fhim}. {F} did not understand. "But I did nothing," {fhe} said, and \
{fhis} eyes filled with tears.
?blame: So {f} was not allowed to play that day. {Fhe} sat all alone {at2} and cried.
?deny: {G} believed {him}. "Then it must have been the wind," {ghe} said. {H} should have been glad, but {he} was not.
?deny: "All right," said {g}, and {ghe} smiled at {him}. That smile made everything even worse.
## guilt
That night {h} could not sleep. The lie sat on {his} chest like a big cat.
All day long {h} had a strange feeling in {his} belly. Even {his} {food} did not taste good.
{H} tried to play, but it was no fun. {He} thought about the lie again and again.
"Nobody knows," thought {h}. "But I know." And that was the worst thing about it.
# advice 35
{He} asked {his} {parent}, "What can you do when you have said something wrong?" "You can say something true," {his} \
{parent} said.
A small voice in {him} said, "Tell the truth. It is hard, but then it is over."
In the end {he} understood that the lie would not go away by itself.
## confess
{H} went to {g}. {His} legs were shaking. "I was not honest," {he} said. "I have {had}. I am so sorry."
"I have to tell you something," {h} said to {g}. {He} looked at {his} {hands}. "It was me. I have {had}, and then I \
told a lie."
At last {he} could not bear it any longer. {He} {moved} to {g} and told {ghim} everything, from the beginning to the \
end.
# forgive
{G} was quiet for a moment. "I am not happy about it," {ghe} said. "But I am proud that you told me the truth."
"Thank you," said {g}. "To tell the truth takes more courage than to fight a dragon."
{G} put a kind arm around {him}. "Everybody makes mistakes," {ghe} said. "A lie makes a small mistake big. The truth \
makes it small again."
# sorryfriend ?blame
Then {h} went to {f}. "Can you forgive me?" {he} asked. {F} thought about it. "Yes," {fhe} said at last. "But never \
do that again."
{H} said sorry to {f}, too. {F} was still a bit hurt, but then {fhe} smiled. "Come," {fhe} said, "let us play."
# fix
"I will {fix}," said {h}. "And I will help you," {g} said. So they {fixed}.
Then they {fixed}. It took a while, but {h} did not mind.
Together they {fixed}, and soon everything was good again.
## end
That night {h} felt as light as a feather.
Since then {h} tells the truth, even when it is hard.
"The truth is like a warm bath," {h} thought. "First you do not want to get in, and then you feel clean."
And {h} never forgot how good it feels to have nothing to hide.
From that day on, everybody knew that they could trust {him}.
"""),

Plot("weakhelper", "child animal animal fly sea robot folk",
"a small animal that helps a big one|kindness that comes back|helping somebody",
     "who helps somebody small|who helps a little {small} and is helped later|who is kind to {a_small}", draws=[
         [{"small": "ant", "if": "land", "trouble": "had fallen into a puddle and could not get out",
          "saved": "held out a leaf, and the ant climbed onto it",
           "tags": "gnaw",
            "later2": "called all its brothers and sisters. A thousand ants came and bit through the net"},
          {"small": "mouse", "if": "land !mouse", "trouble": "was caught under a heavy branch",
           "saved": "lifted the branch, and the mouse crept out",
           "later2": "came at once. It bit through the net with its sharp little teeth"},
          {"small": "beetle", "if": "land", "trouble": "lay on its back and could not turn over",
           "saved": "turned the beetle back onto its feet",
           "later2": "called all the beetles of {the}, and together they bit through the net"},
          {"small": "shrimp", "if": "sea", "trouble": "was stuck under a stone",
           "saved": "pushed the stone away, and the shrimp was free",
           "later2": "came with all its cousins. They cut the net with their tiny claws"}]], hook="""
"Help! Help!" called a tiny voice. {Ah}{named} who lived {in} stopped and listened.
""", text="""
# meet
One {day} {h} was on {his} way {to1} when {he} saw a tiny {small}. It {trouble}.
One {day} {he} heard a thin voice {at1}. "Help me, please!" It was a little {small} that {trouble}.
{At1} there was a very small {small}. The poor thing {trouble}.
On the way {to1}, {h} almost did not see the little {small}. It {trouble}.
# stop 50
The others had gone past without stopping. "It is only {a_small}," they said.
{H} was in a hurry, but {he} stopped all the same.
"You poor thing," said {h}. "Do not be afraid."
"Please do not hurt me," the {small} said. "I would never do that," said {h}.
# save
Carefully and slowly, {h} {saved}.
{He} did not think about it for long. {He} {saved}.
{H} bent down and {saved}.
"Wait, I will help you," {he} said. And {he} {saved}.
# promise
"Thank you," said the {small}. "One day I will help you, too." {H} smiled. How could something so small help {him}?
"You are kind," the little {small} said. "I will not forget that." Then it went home.
"I am small," said the {small}, "but I am a good friend. If you ever need me, just call!" {H} had to laugh a little.
The {small} bowed. "If you are ever in trouble, call me three times," it said.
## later
Some days later, {h} was {at2}. {He} did not see the old net that lay there, and suddenly {he} was caught in it.
A week went by. Then, one {day}, {h} got caught in an old net that somebody had left {at2}.
Not long after that, {h} had bad luck. {He} wanted to go {to2}, but an old net lay in the way, and {he} was caught in \
it.
# stuck
?!robot: {He} pulled and pulled, but the net only got tighter.
?!robot: {He} tried to get free, but the more {he} moved, the tighter the net became.
{H} pulled with all {his} strength. It was no use.
"Help!" called {h}. But nobody who was strong was near.
# big 45
Then {f}, {afkind}, came and tried to tear the net, but it was too strong.
{F}, {afkind} who was passing by, pulled at the net. "I am not strong enough," {fhe} said.
{His} friends came and pulled, but not one of them could break the net.
## rescue
Then {h} heard a thin voice. "Here I am!" It was the little {small}. It {later2}.
Somebody had heard {him}. The little {small} {later2}.
At last {he} thought of the {small} and called its name three times. The {small} {later2}.
# free
Snip, snap! The net fell open, and {h} was free.
It took a while, but then there was a hole in the net, and {h} slipped out.
One string after the other broke, and soon {h} could move again.
# thanks
"You have saved me!" said {h}. "And I thought that you were too small to help." "Nobody is too small to help," the \
{small} said.
"Thank you, little friend," said {h}. "Once you helped me," the {small} said. "Today it was my turn."
{H} did not know what to say. {He} only said, "Thank you." And the {small} understood.
## end
Since that day, {h} and the {small} have been friends.
{H} never again laughed about somebody because they were small.
A kind deed is like a seed. You never know how big it will grow.
And the two of them shared some {food} in the evening sun.
"Small friends are big friends," {h} says to everybody who wants to hear it.
"""),

Plot("practice", "child child child animal animal robot toy folk", "learning something new|practice|not giving up",
     "who wants to learn to {skill}|who practices until {he} can {skill}|who cannot {skill} yet", draws=[
         [{"skill": "ride a bicycle", "if": "child", "fail": "fell over", "care": "Look ahead and not at your feet",
          "did": "rode all the way down the street"},
          {"skill": "swim", "if": "child", "fail": "went under and swallowed water",
           "care": "Stretch out and let the water carry you",
           "did": "swam from one side to the other"},
          {"skill": "whistle", "if": "!toy", "fail": "only made a soft pffff",
           "care": "Make your mouth as small as a cherry stone", "did": "whistled a whole song"},
          {"skill": "juggle with three balls", "if": "!hoof !wing !animal", "fail": "dropped all the balls",
           "care": "Begin with one ball, then take two",
           "did": "kept all three balls in the air"},
          {"skill": "dance", "fail": "tripped over {his} own feet", "care": "Listen to the music first",
           "did": "danced in a big circle without one wrong step"},
          {"skill": "stand on one leg", "fail": "fell over", "care": "Look at one thing that does not move",
           "did": "stood on one leg and counted to twenty",
           "if": "!snail !hoof"},
          {"skill": "paint", "if": "!animal", "fail": "made only a big brown blot",
           "care": "Look at a thing for a long time before you paint it",
           "did": "painted a tree that looked like a real tree"},
          {"skill": "write {his} own name", "if": "child", "fail": "got the letters all mixed up",
           "care": "Take one letter after the other",
           "did": "wrote {his} name without one mistake"},
          {"skill": "play the drum", "if": "!animal", "fail": "got faster and faster until it was only noise",
           "care": "Count to four, again and again",
           "did": "played a marching song from beginning to end"},
          {"skill": "jump over the ditch", "if": "animal walk !hoof !slow", "fail": "landed in the mud",
           "care": "Take a long run and do not stop",
           "did": "flew over the ditch and landed on the other side"},
          {"skill": "climb to the top of the old tree", "if": "animal climb", "fail": "slid down again",
           "care": "Go slowly and do not look down",
           "did": "climbed up to the very top"},
          {"skill": "breathe fire", "if": "dragon", "fail": "made only a little smoke",
           "care": "Think of something warm",
           "did": "breathed a fine yellow flame"}],
         [{"tags": "laugh"}, {"tags": "alone"}, {"tags": "teach"}]], text="""
# wish
More than anything, {h} wanted to {skill}.
{H} had a dream. {He} wanted to {skill}.
All {his} friends could {skill}. Only {h} could not.
One {day} {h} saw how {f}, {afkind}, could {skill}. "I want to do that, too!" {he} said.
# first
So {he} tried it for the first time, and {he} {fail}.
"It cannot be so hard," {he} thought. But when {he} tried, {he} {fail}.
{He} tried it at once. But {he} {fail}. {He} tried again and {fail} again.
On the first day {he} {fail}. On the second day {he} {fail}, too.
# feel
?laugh: Some of the others laughed. "You will never learn it!" they said. {H} felt hot tears in {his} eyes.
?laugh: "Look at {him}!" somebody shouted and laughed. {H} wanted to hide.
?alone: "I will never learn it," said {h}, and {he} sat down {at1}.
?alone: {H} was angry. "It is too hard," {he} said. "I give up."
?teach: "How do you do it?" {he} asked {f}. "I do not know," said {f}. "I just tried it again and again."
?teach: {H} sighed. "Why is it so easy for {f} and so hard for me?"
## advice
Then {g} came and sat down beside {him}. "How often have you tried?" {ghe} asked. "Three times," said {h}. "I tried a \
hundred times," said {g}. "{Care}."
{G} had seen everything. "{Care}," {ghe} said. "And then try it again tomorrow."
"Do you know what I did when I was small?" {g} asked. "I practiced a little every day. {Care}. You will see, it helps."
{H} asked {g} for help. {G} smiled and said, "{Care}. The rest comes with time."
# train
So {h} practiced. {He} practiced in the morning and in the evening. {He} practiced when it was hot and when it was cold.
The next day {h} got up early and tried again, {at2}, where nobody could see {him}.
Day after day {h} practiced. At first it went badly, then not so badly, and then almost well.
Every day {he} got a tiny bit better. It was so little that {he} hardly noticed it.
Again {he} {fail}. But this time {he} only laughed, got up and began once more.
# slip 40
Once {he} wanted to give up after all. But then {he} thought of what {g} had said.
"One more time," {he} always said to {himself}. "Only one more time."
{He} had [two|three|four] blue spots and a scratch, but {he} did not stop.
## success
And one {day} it happened. {H} {did}!
Then, on a {day} when {he} was not even thinking about it, {h} {did}.
"Look!" {he} shouted one day. And while everybody watched, {he} {did}.
At last the great day came. {H} took a deep breath, and then {he} {did}.
# reaction
?laugh: The ones who had laughed were very quiet now. "Can you show us how?" they asked. And {h} was not angry and \
showed them.
?laugh: Nobody laughed this time. They clapped and cheered.
?alone: "I can do it! I can do it!" {he} cried and danced for joy.
?alone: {He} could hardly believe it. {He} did it again, just to be sure.
?teach: {F} clapped. "You see?" {fhe} said. "Now there are two of us."
?teach: "Bravo!" shouted {f}, and {fhe} gave {him} a big hug.
{G} winked at {him}. "I knew it," {ghe} said.
## end
"It was hard," said {h}, "and that is why it feels so good."
Now {h} knows the secret. You have to be bad at something before you can be good at it.
And what did {h} do the next day? {He} began to learn something new.
That night, {h} dreamed that {he} could do anything. And perhaps {he} could.
When a little one comes now and says, "I cannot do it," {h} answers, "You cannot do it yet."
"""),

Plot("seed", "child child animal animal folk worker", "planting a seed|waiting and being patient|a seed that grows",
     "who plants a seed and waits|who finds a seed|who has to be patient", draws=[
         [{"plant": "sunflower", "grown": "a sunflower as big as a plate",
          "use2": "In autumn there were a hundred new seeds in it"},
          {"plant": "pumpkin", "grown": "a big orange pumpkin",
           "use2": "They cooked a pot of soup that was enough for everybody"},
          {"plant": "bean", "grown": "a bean plant that was taller than {h0}",
           "use2": "There were enough beans for a big pot of soup"},
          {"plant": "apple tree", "grown": "a little apple tree with white flowers",
           "use2": "Some years later it gave the first red apples"},
          {"plant": "strawberry", "grown": "a strawberry plant with ten red berries",
           "use2": "They were the sweetest berries in the world"}],
         [{"tags": "dig"}, {"tags": "forget"}, {"tags": "storm"}]], hook="""
"What is this?" asked {ah}{named}, looking at something tiny in {his} {hand}. {He} lived {in}.
""", text="""
# find
One spring day, {h} found a tiny seed {at1}. It was no bigger than a crumb.
In spring {g} gave {h} a small seed. "Plant it," {ghe} said, "and you will get a surprise."
One spring morning, the wind blew a seed right in front of {him}. "What are you?" asked {h}. The seed did not answer.
"This is for you," said {g} one spring day, and {ghe} put a seed into {h0}'s {hand}. "There is something big in it." \
{H} looked at it. It was so small!
# plant
{H} dug a little hole {at2}, put the seed into it and covered it with earth.
{He} looked for a sunny place and found one {at2}. There {he} planted the seed and gave it some water.
So {he} put it into the soft earth {at2}. "Sleep well, little seed," {he} said.
{At2} the earth was dark and soft. {H} made a hole with one {hand}, dropped the seed in and patted the earth flat.
# wait
The next morning {he} came back. There was nothing to see. The morning after that, there was nothing, either.
Then {he} sat down and waited. {He} waited all day long. Nothing happened.
"Grow!" said {h}. The seed did not grow. "Please grow," said {h}. But the earth stayed bare.
Every day {he} watered the place, and every day {he} saw nothing but brown earth.
## turn
?dig: "Maybe it is dead," {h} thought. {He} wanted to dig it up to have a look. "Stop!" said {g}. "If you dig it up, \
it cannot grow. You have to trust it."
?dig: After a week, {h} had had enough. {He} began to dig. But {f}, {afkind}, stopped {him}. "Wait," {fhe} said. "It \
is working down there in the dark, where you cannot see it."
?forget: "Maybe it is a lazy seed," said {f}, {afkind} who had come to look. "Or maybe it needs more time," {h} said. \
And {he} gave it some more water.
?forget: {F}, {afkind}, laughed. "You are watering dirt," {fhe} said. But {h} did not stop. Every single day {he} \
brought water.
?storm: Then, one morning, there was a tiny green tip! But that night a storm came. {H} ran out in the rain and put a \
pot over the little plant so that it would not break.
?storm: At last a small green leaf looked out of the earth. {H} danced for joy. Then the weather turned cold, so {he} \
covered the little plant with dry leaves every night.
# grow
?!storm: And then, one morning, there was a tiny green tip. {H} shouted so loudly that everybody came running.
?!storm: Two weeks later {h} saw something green. It was as thin as a hair, but it was there!
?!storm: One day, after a warm rain, a green leaf looked out of the earth. "Good morning," {he} whispered.
?storm: In the morning the little plant was still there. It had even grown a bit.
?storm: The little plant was safe. It stretched its leaves to the sun as if it wanted to say thank you.
# more 70
Now it grew every day. First it was as high as {his} foot, then as high as {his} knee.
{H} gave it water when it was dry, and told it a story in the evening.
"How big will it be?" asked {h}. "Wait and see," said {g}.
The sun shone and the rain fell, and {h} pulled out the weeds.
## big
By the end of the summer, there stood {grown}.
And what did it become? It became {grown}!
The weeks went by, and out of the tiny seed came {grown}.
# use
{Use2}.
Everybody came to see it. {Use2}.
"And all that was in the little seed!" said {h}. {Use2}.
## end
{H} kept one seed for the next year. Now {he} knew how to wait.
"Good things take time," said {g}, and {h} nodded.
Since then, when something takes a long time, {h} thinks of {his} seed and smiles.
"You cannot make a seed grow faster," said {h}. "You can only give it water and be its friend."
In the next spring, {h} planted ten seeds. And this time {f} helped {him}.
"""),

Plot("gohome", "child child animal animal sea fly toy robot",
"getting lost and finding the way home|being lost|finding the way home",
     "who gets lost|who cannot find the way home|who loses the way and gets home again", draws=[
         [{"tags": "marks"}, {"tags": "guide"}, {"tags": "smell"}],
         [{"lure": "a blue butterfly", "if": "land !room !snow !robot"}, {"lure": "a shining bubble", "if": "sea"},
          {"lure": "a little ball that rolled away", "if": "!sea"}, {"lure": "a strange little light"}]], hook="""
"Where am I?" asked {ah}{named}. {He} lived {in}, but now nothing looked the way it did at home.
""", text="""
# follow
One {day} {h} saw {lure} and followed it. {He} did not look where {he} was going.
One {day} {h} was playing when {he} noticed {lure}. {He} went after it, farther and farther.
"Do not go too far," {his} {parent} always said. But one {day} {h} followed {lure} and forgot about that.
It began with {lure}. {H} wanted to see where it came from, and so {he} went on and on.
# lost
When {he} looked up, {he} did not know the place. Everything looked the same.
Suddenly {he} stopped. {He} had never been there before. Where was the way back?
After a while {he} turned around. But which way was home? {He} did not know.
Then {he} noticed that it was very quiet. There was nobody there whom {he} knew.
# feel
{H} felt {his} heart beat. "I am lost," {he} whispered.
"Hello?" {he} called. Nobody answered. A tear ran down {his} face.
{He} went a little to the left and a little to the right, but that only made it worse.
{He} was frightened. But then {he} remembered what {g} had once told {him}: "If you are lost, stay calm and think."
## turn
?marks: {H} closed {his} eyes and thought. "What did I see on the way?" {he} asked {himself}. First {he} had been \
{at1}. After that {he} had been {at2}.
?marks: "I have to remember the way," thought {h}. "A moment ago I was {at1}, and before that I was {at2}."
?guide: "Are you lost?" asked a kind voice. It was {f}, {afkind} {he} had never met before. "Where do you live?" \
{fhe} asked. {H} told {fhim} what {his} home looked like.
?guide: Then {h} saw somebody {at1}. It was {af}. {H} was shy, but {he} asked, "Please, can you help me find my way \
home?" "Of course," said {f}.
?smell: {H} sat down {at1} and was very still. And because {he} was still, {he} heard something. Far away, somebody \
was singing the song that {he} heard every evening at home.
?smell: Then {he} listened. Very far away {he} heard a bell. {He} knew that bell! It rang near {his} home every evening.
# way
?marks: {He} looked around, and there it was! {He} went on from one thing {he} knew to the next, like on stepping \
stones.
?marks: So {he} went back, step by step. There was the first place. And there was the second one. "I know where I \
am!" {he} shouted.
?guide: {F} knew every corner. They went {to3} and then {to4}, and they talked all the way so that {h} forgot {his} \
fear.
?guide: "I know where that is," said {f}. "Come with me." {Fhe} went ahead, and {h} stayed close behind {fhim}.
?smell: {He} followed the sound. When it grew louder, {he} knew that {he} was right. When it grew softer, {he} turned \
around.
?smell: Slowly {he} went toward it. {He} came {to3} and then {to4}. The sound grew louder and louder.
# tired 40
It was a long way, and {h} was tired, but {he} did not stop.
It was getting dark, and the first star came out.
"Not far now," {he} said to {himself}. "Not far now."
## home
At last {h} saw {his} {home}. Never before had it looked so beautiful.
And there, at last, was {his} own {home}! {H} {moved} the last bit as fast as {he} could.
Then {h} saw a light that {he} knew. {He} was home!
# parent
?!robot !toy: {His} {parent} was standing outside. "There you are!" {phe} cried and took {him} in {phis} arms.
?!robot !toy: {His} {parent} had looked for {him} everywhere. {Phe} was not angry. {Phe} only held {him} very tight.
?!robot !toy: "I was so worried," said {his} {parent}. "I am sorry," {h} said. "I forgot the time."
?robot: {His} friends were waiting outside. "There you are!" they called. "We were worried about you."
?toy: All the other toys were awake. "You are back!" they cheered.
# thank ?guide
"Thank you, {f}," said {h}. "You are welcome," {f} said. "Visit me soon. But ask for the way first!"
{F} was asked to stay for supper, and there was {food} for everybody.
## end
That evening everything tasted better than ever before.
Since then, {h} always looks back now and then, to see what the way looks like from the other side.
"The world is big," said {h} before {he} fell asleep. "But home is the best part of it."
Then {h} lay down in {his} {bed}. It was good to be home.
{H} had learned to keep calm and to look carefully. And {he} never went so far alone again.
"""),
]
