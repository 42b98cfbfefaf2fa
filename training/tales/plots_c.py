"""Plots of weather, care, promises, gifts and journeys, and of heroes who want to be useful."""
from .grammar import Plot

PLOTS = [
Plot("storm", "child child animal animal fly sea", "a storm|a stormy night|helping each other in a storm",
     "?cave: who is caught in a storm|?guests: who gives shelter to others in a storm|who finds a friend in a storm",
         draws=[
         [{"tags": "guests"}, {"tags": "cave"}]], text="""
# signs
One {day} the sky over {the} turned dark. "A storm is coming," said {g}.
?land: First it was very quiet. Even the birds stopped singing. Then, far away, there was a rumble.
?land: The {day} began well. But then big grey clouds came, and the wind began to howl.
?sea: First it was very quiet. Then, far above, there was a deep rumble, and the light grew dim.
# start
?land: The first drops fell, and then it poured. Lightning flashed, and the thunder went boom!
?sea: The waves grew higher and higher, and even down at the bottom the water pulled and pushed.
?land: The wind tore at everything. Whoosh! It was hard to stand straight.
?sea: Everything shook and rolled. Sand flew up until nobody could see anything.
# where
?guests: {H} was safe in {his} {home}. It was quiet and warm in there.
?guests: {H} was lucky. {He} sat in {his} {home} and listened to the storm.
?cave: {H} was far from home. {He} hid {at1}, but it was not a very good place.
?cave: {H} was on {his} way {to2} and could not get home in time. {He} looked for a safe place and found one {at1}.
# knock
?guests: Then there was a knock. Outside stood {f}, {afkind}. {Fhe} was cold and tired. "May I come in?" {fhe} asked. \
"Quickly!" said {h}.
?guests: Suddenly {he} heard a voice. "Help!" It was {af} who could not find shelter. "Come in!" called {h}.
?cave: There was somebody there already. It was {f}, {afkind}, and {fhe} was trembling. "I am so afraid," {fhe} said.
?cave: "Is anybody here?" asked a voice in the dark. It was {f}, {afkind}. {Fhe} had come there for shelter, too.
## more
?guests: A little later there was another knock, and then another. "There is not much room," said {h}, "but there is \
enough for all of us."
?guests: Soon more and more guests came, big ones and small ones. They had to sit very close together, and that kept \
them warm.
?cave: They sat down close together. "If we hold on to each other, the storm cannot carry us away," said {h}.
?cave: "I am afraid, too," said {h}. "Let us be afraid together. That is only half as bad."
# pass
To forget the storm, they told each other stories, one after the other.
{H} began to sing. First {his} voice shook, but then {f} sang along, and the storm did not sound so loud any more.
{H} had a little {food}, and {he} shared it.
"Let us count," said {f}. "After every boom we count until the next one. See, the storm is going away!"
# loud 45
Once there was such a loud bang that they all jumped. Then they giggled.
Something big crashed down outside. They held their breath, but nothing happened to them.
## over
At last it grew quiet. They looked out. Everything was fresh and clean.
The storm lasted half the night. But in the morning the light came back, golden and warm.
?land: Then the rain stopped. A rainbow stood over {the}, from one end to the other.
Slowly the storm went away, like a grumpy giant going home.
# repair
Together they looked at what the storm had done, and together they put everything in order.
{F}'s home was broken. "We will build it up again," said {h}, and everybody helped.
{F} looked around. "We were lucky," {fhe} said. "We were together," said {h}.
## end
Since that day, {h} and {f} have been good friends.
"The storm was terrible," said {h} later, "but it was also the night when I found a friend."
When a storm comes now, {h} is not so afraid any more. {He} thinks of that day.
{H} learned that a small place is big enough when there is room in the heart.
"""),

Plot("school", "child child child robot animal",
"the first day of school|going to school for the first time|something new",
     "who goes to school for the first time|who is nervous about school|who has {his} first day at school", draws=[
         [{"tags": "forget"}, {"tags": "shy"}]], hook="""
"I do not want to go to school," said {ah}{named}. {He} lived {in}, and it was a big day.
""", text="""
# day
Tomorrow was {his} first day of school. {H} packed {his} bag three times.
Today was the first day of school. {H} had a new bag and a funny feeling in {his} belly.
The first day of school had come, and {h} walked very, very slowly.
For weeks {h} had been looking forward to school. But now that the day was there, {he} was not so sure any more.
# fear
"What if I do not know anything?" {he} asked. "That is what school is for," said {g}.
"What if nobody likes me?" {he} asked {his} {parent}. "Be friendly," {his} {parent} said, "and then wait a little."
{His} knees felt as soft as butter.
"Can I go home again if I do not like it?" {he} asked. {G} smiled. "In the afternoon you can."
# arrive
The school was big, and there was a lot of noise. Everybody was running here and there.
At the door stood the teacher. "Welcome!" she said. "I am glad that you are here."
There were so many new faces! {H} did not know where to look.
## seat
The teacher showed {him} a seat next to {f}, {afkind} with a green bag.
In the last row a seat was free, next to {af}. {H} sat down there.
"You may sit here," said {f}, {afkind} with a friendly smile.
# trouble
?forget: Then they were to draw a picture. {H} opened {his} bag. Oh no! {He} had forgotten {his} pencils.
?forget: "Please take out your pencils," said the teacher. {H} looked and looked. {His} pencils lay at home on the \
table.
?shy: "Now tell us your names," said the teacher. When it was {his} turn, {h} could not say one word.
?shy: The teacher asked something. {H} knew the answer, but {he} did not dare to speak.
# help
?forget: {F} saw it. Without a word, {fhe} pushed {fhis} box of pencils into the middle of the table. "We can share," \
{fhe} whispered.
?forget: "Take one of mine," whispered {f}. "I have two blue ones."
?shy: "Take a deep breath," whispered {f}. "I was afraid, too." {H} took a deep breath, and then the words came out.
?shy: {F} smiled at {him} and nodded. Then {h} was brave and spoke. The teacher said, "Very good!"
# lesson
They learned a song, and then they counted to twenty.
The teacher read them a story about a whale. {H} listened so hard that {he} forgot everything else.
They learned the first letter. It looked like [a little hut|a snake|a round ball].
They drew pictures, and {h} drew {his} {home}.
## break
In the break, {h} and {f} shared their {food}. Then they played catch.
When the bell rang, everybody ran outside. "Come, {n}!" called {f}. "I will show you the swing."
In the yard {f} showed {him} a game with stones. Soon others wanted to play, too.
## home
When school was over, {h} was surprised. The time had flown by!
On the way home {h} talked and talked. {He} had so much to tell.
"Well, how was it?" asked {g}. "It was good," said {h}. "May I go again tomorrow?"
# end
The bag was heavier now, but {h} felt much lighter.
"Being new is only hard on the first day," said {h}.
That evening, {he} put {his} bag next to {his} {bed}, ready for the next day. And this time two pencils more were in it.
The next morning {h} was the first one to be awake.
And a friend was waiting for {him} there. That made all the difference.
"""),

Plot("sick", "child child animal animal fly sea toy robot", "a sick friend|taking care of somebody|being a good friend",
     "who looks after a sick friend|whose best friend is ill|who takes care of a friend", draws=[
         [{"tags": "soup"}, {"tags": "flower", "if": "!snow"}, {"tags": "story"}]], text="""
# friends
{H} had a good friend. It was {af}. They played together every day.
Every {day0} {h} met {f}, {afkind}, {at1}.
{F}, {afkind}, was the best friend that {h} had.
# missing
But one {day} {f} did not come. {H} waited and waited.
One {day} {h} waited {at1}, but nobody came. That was strange.
"Where is {f} today?" {h} asked everybody. Nobody had seen {fhim}.
# visit
So {h} went to {fhis} home and knocked. "Come in," said a weak voice.
{H} {moved} to {f}'s home. {F} was lying in bed and looked very small.
{He} went to look and found {f} in bed. "I am ill," {f} whispered. "Everything hurts."
# feel 60
{H} was worried. {He} had never seen {f} like that.
"You need not stay," said {f}. "It is boring here." "I will stay," said {h}.
{H} touched {fhis} forehead. It was hot.
## care
{H} brought {fhim} water and an extra cover. Then {he} sat down by the bed.
First {h} opened the window a little. Then {he} shook up the pillow and fetched some water.
{He} asked {g} what to do. "Rest, water and a good friend," said {g}. "That is the best medicine."
# try
?soup: "I will make soup for you," said {h}. {He} had never made soup before. It was much too salty, and {f} made \
such a funny face that both of them laughed. The second pot was better.
?soup: {H} cooked a pot of hot soup after an old recipe of {g}. {F} ate one spoon, and then another.
?flower: {H} remembered that {f} loved flowers. {He} went {to2} and {to3} and picked the most beautiful ones. When \
{f} saw them, {fhe} smiled for the first time that day.
?flower: "There is a herb that helps," said {g}. "It grows {at2}." It was a long way, but {h} went there and brought \
it back before dark. They made warm tea with it.
?story: {H} told {fhim} a story, then another one, and a third one. In every story there was a brave {fkind} who got \
well again.
?story: To make {f} laugh, {h} did tricks. {He} pulled faces and walked backward. {F} giggled until {fhe} coughed.
# night 50
When it got dark, {f} fell asleep. {H} stayed and listened to {fhis} breath.
"Are you still there?" asked {f} in the night. "I am here," said {h}.
The next day {f} was not better yet. {H} came again, and on the third day, too.
## better
On the [third|fourth|fifth] morning {f} sat up in bed. "I am hungry!" {fhe} said. {H} had never heard anything more \
beautiful.
Slowly {f} got better. First {fhe} could sit, then {fhe} could stand, and then {fhe} could laugh out loud.
One morning the fever was gone. {F} stretched and got up.
# thanks
"You made me well," said {f}. "No, you did that yourself," said {h}. "I was only there." "That is what I mean," said \
{f}.
"When you are ill one day, I will look after you," said {f}.
{F} hugged {him}. "With you, even being ill was not so bad," {fhe} said.
## end
And the next {day} they met again {at1}, just as before.
Two weeks later {h} caught a cold. And who sat by {his} bed with hot soup? It was {f}.
{H} knew now that a friend is somebody who stays.
Soon they played together again, and {f} was the loudest of all.
"""),

Plot("babyanimal", "child child child worker robot folk",
"a lost baby animal|helping a lost animal|bringing a little animal back to its mother",
     "who finds a lost {baby}|who brings {a_baby} back to its mother|who helps {a_baby}", draws=[
         [{"baby": "duckling", "mum": "duck", "cry": "Peep, peep", "where": "at the pond", "eat": "some soft corn"},
          {"baby": "kitten", "mum": "cat", "cry": "Mew, mew", "where": "in an old barn", "eat": "a little milk"},
          {"baby": "lamb", "mum": "sheep", "cry": "Baa, baa", "where": "in a field behind the hill",
           "eat": "a little milk"},
          {"baby": "puppy", "mum": "dog", "cry": "Whine, whine", "where": "behind the mill",
           "eat": "a bowl of water and some food"},
          {"baby": "baby bird", "mum": "bird", "cry": "Cheep, cheep", "where": "in a nest in a tall tree",
           "eat": "some berries"},
          {"baby": "piglet", "mum": "pig", "cry": "Oink, oink", "where": "on a farm by the road",
           "eat": "some apple peel"}],
         [{"tags": "keep"}, {"tags": "search"}]], hook="""
"{Cry}!" What was that? {Ah}{named} who lived {in} stopped and listened.
""", text="""
# find
One {day} {h} heard a thin cry {at1}. "{Cry}!" There sat {a_baby}, all alone.
One {day} {h} was going {to1} when {he} saw something small. It was {a_baby}! "{Cry}," it said sadly.
{At1} something was moving. {H} bent down. A little {baby} looked up at {him} with big eyes.
It was raining a little when {h} found {a_baby} {at1}. It was wet and cold.
# gentle
"Where is your mother?" asked {h}. The {baby} only said, "{Cry}."
{H} sat down and kept very still until the {baby} was no longer afraid.
"Do not be afraid," {h} said softly. "I will help you."
# care
{He} gave it {eat} and wrapped it in a warm cloth.
{He} took it in {his} {hands} very carefully and gave it {eat}.
The little one was hungry, so {h} fetched {eat}.
# wish ?keep
{H} liked the {baby} so much that {he} wanted to keep it. "I will call you Crumb," {he} said.
"You can live with me," said {h}. The {baby} was so soft and so sweet.
# sad ?keep
But in the evening the {baby} cried again. It did not want to eat, and it did not want to play. {G} said, "It is \
missing its mother."
But the little one looked out of the window all the time. "{Cry}," it said. {H} understood. "You want to go home," \
{he} said, and it made {him} a bit sad.
## start
So they set out to find the mother. {F}, {afkind} who knew a lot about animals, came along.
"We must find its mother," {h} said to {f}, {afkind} {he} knew. And they went on their way together.
{H} told {f}, {afkind} from nearby, about it. "Then let us look for the mother at once," said {f}.
# search
First they looked {at2}. Then they looked {at3}. There was no {mum} anywhere.
They asked everybody, "Are you missing {a_baby}?" But all of them shook their heads.
They went {to2} and {to3}. Now and then they stopped and listened.
# clue
Then {f} had an idea. "Let the little one call," {fhe} said. "{Cry}!" called the {baby}. And far away, somebody \
answered.
{G} knew what to do. "I have seen a {mum} {where}," {ghe} said. "She was looking for something."
Suddenly the {baby} lifted its head. It had heard something! 
## mother
The mother was {where}. When she saw her little one, she came to it as fast as she could.
And there, {where}, was the mother {mum}! The {baby} jumped out of the cloth and hurried to her.
They found the mother {where}. She had looked for her baby all day and all night.
# joy
They rubbed their noses together and would not stop.
The {baby} snuggled up to its mother and was quiet at last.
The mother looked at {h0} for a long time, as if she wanted to say thank you.
# feel 60
?keep: {H} had a tear in {his} eye, but {he} smiled. "This is where you belong," {he} said.
?keep: It was hard to say goodbye. "But it is right," said {f}, and {h} nodded.
?search: "Well done," said {f}. {H} felt warm inside.
?search: {H} waved for a long time.
## end
Sometimes {h} goes there to visit the two of them. The {baby} always knows {him} again.
That night, {h} lay in {his} {bed} and thought of the little {baby} that was sleeping next to its mother now.
The {baby} grew big and strong, but it never forgot its friend.
"When you love somebody, you want them to be happy," said {g}. And {h} knew just what {ghe} meant.
"""),

Plot("promise", "child child animal animal folk sea toy", "keeping a promise|a promise that is too big|saying too much",
     "who makes a promise that is too big|who learns to keep a promise|who promises too much", draws=[
         [{"promise": "bring everybody a star from the sky", "small2": "cut stars out of paper, one for everybody",
          "if": "!animal !sea"},
          {"promise": "bring everybody a star from the sky",
           "small2": "found shiny little stones that sparkled like stars, one for everybody"},
          {"promise": "bake the biggest cake in the world",
           "small2": "baked a small cake that was enough for everybody", "if": "!animal !sea"},
          {"promise": "build a castle for all of them",
           "small2": "built a little castle of sand, with a tower for everybody", "if": "!toy"},
          {"promise": "make a feast for a hundred guests", "small2": "made a small feast with all the food {he} \
had"}]], text="""
# brag
{H} liked to talk big. One {day} {he} said, "I will {promise}!"
Everybody was talking about what they could do. {H} wanted to say something big, too. "I will {promise}," {he} said.
"What can you do?" asked {f}, {afkind} with a loud voice. "I can do anything," said {h}. "I will {promise}. I promise!"
# cheer
"Really?" asked {f}. "Hurray!" shouted the others. "When?" "On Sunday," said {h}, because Sunday was far away.
"That is wonderful!" everybody cried. {H} felt as tall as a tower.
Everybody clapped. {G} only looked at {him} and asked, "Are you sure?" "Of course!" said {h}.
# time
The days went by. {H} did not think about {his} promise. But the others did.
But at home {he} began to think. How was {he} going to do that?
The next morning {h} woke up and remembered what {he} had said. Oh dear!
## try
{He} tried it on Monday, and it did not work. {He} tried it on Tuesday, and it did not work, either.
{He} began at once. But it was much, much too hard for one small {kind}.
{He} made a plan. Then {he} tore it up again. It was simply too big.
# hide
When {he} saw the others coming, {he} hid {at1}.
"How is it going?" asked {f}, {afkind} who lived nearby. "Oh, very well," said {h}, and {his} ears turned red.
{He} could not sleep any more. "Everybody will laugh at me," {he} thought.
# advice
At last {he} went to {g}. "I have promised too much," {he} said. "Then say so," said {g}, "and do what you can."
{G} found {him}. "A small promise that you keep is worth more than a big one that you break," {ghe} said.
"What shall I do?" {he} asked {g}. {G} thought about it. "What could you really do?" {ghe} asked.
# idea
{H} thought for a long time. Then {he} had an idea, and {he} set to work at once.
"I cannot do the big thing," {he} said. "But I can do a small one." And {he} worked until late in the night.
## sunday
Then it was Sunday. All of them came. {H} stood in front of them and swallowed hard. "I promised too much," {he} \
said. "I am sorry."
On Sunday everybody was there. "I cannot {promise}," {h} said in a soft voice. "I talked too big."
# quiet 50
It was very quiet. {H} looked at the ground.
Somebody laughed. But {f} said, "Let {him} finish."
# small
"But I have done something else," {he} said. {He} had {small2}.
Then {he} showed them what {he} had done. {He} had {small2}.
# happy
"Oh!" said {f}. "This is much nicer!" And all the others thought so, too.
{F} was the first one to smile. "You made this for us?" {fhe} asked. "It is lovely."
The others were not angry at all. They had a wonderful Sunday together.
## end
Since then, {h} thinks first and promises then.
"Next year I will do something bigger," {h} began to say. Then {he} stopped and laughed. "Maybe," {he} said.
And when {h} promises something today, everybody knows that {he} will do it.
{H} had learned that a small thing you really do is bigger than a big thing you only talk about.
"""),

Plot("gift", "child child animal animal fly sea toy robot", "a gift|?own: giving something away|the best present",
     "who looks for the best gift|who has no money for a present|?own: who gives {his} {o} away", draws=[
         [{"tags": "own"}, {"tags": "made"}]], objects="small", text="""
# treasure
{H} did not have many things. But {he} had {ao}, and {he} loved it very much.
{H} owned {ao}. {He} liked to {use}, and {he} would not have given it away for all the gold in the world.
# occasion
Soon it would be {f}'s birthday, {afkind} and {his} best friend.
{His} best friend was {f}, {afkind}. {F} would have a birthday the next day.
"Tomorrow is {f}'s birthday," said {g} one {day}. {F} was {afkind} and {h0}'s best friend.
# nothing
{H} wanted to give {fhim} something special. But what? {He} had no money.
"I have no present yet!" {h} cried. What did one give to the best friend in the world?
All the others already had big presents with ribbons on them. {H} had nothing.
## search
{He} looked {at1}, but there was nothing that was beautiful enough. {He} looked {at2} and found only [an old shoe|a \
grey feather|a bent stick].
{He} went {to1} and {to2}. Nothing was good enough.
{He} asked {g}. "The best gift is something that comes from the heart," {ghe} said.
# decide
?own: That evening {h} looked at {his} {o} for a long time. {F} had always liked it. {H} took a deep breath and put \
it in a box.
?own: Then {he} remembered something. {F} had once said, "What a beautiful {o}!" {H} held it in {his} {hands} one \
last time. Then {he} wrapped it up.
?made: Then {he} had an idea. {He} sat down and thought up a song, with a verse about every day that the two friends \
had spent together.
?made: "I can make something," thought {h}. {He} gathered leaves, shells and small stones and made a picture of the \
two of them. It took half the night.
# doubt 60
?own: It hurt a little. But when {he} thought of {f}, it did not hurt so much.
?own: "Will you not miss it?" asked {g}. "Yes," said {h}. "That is why it is a real present."
?made: "It is not big, and it did not cost anything," thought {h}. "What if {fhe} does not like it?"
?made: {He} was not sure if it was good enough.
## party
At the party {f} got many big presents. {Fhe} said thank you for each one. Then it was {h0}'s turn.
The next day everybody came to the party. {H} was the last one and felt very shy.
# give
?own: {F} opened the box and did not say a word. "But this is your {o}," {fhe} whispered at last. "Now it is yours," \
said {h}.
?own: {F} looked into the box. Then {fhe} looked at {h0}. "You give me the thing you love most?" {fhe} asked.
?made: {H} gave {his} present with a shaking voice. When it was over, {f} had tears in {fhis} eyes. "Nobody has ever \
done anything like that for me," {fhe} said.
?made: "I made it myself," said {h}. {F} was quiet for a moment. "Then it is the only one in the whole world," {fhe} \
said.
# hug
{F} hugged {him} so tightly that {he} could hardly breathe.
"It is my favourite present," {f} said, and everybody could see that it was true.
## end
?own: From then on, they shared the {o}. One day {f} had it, and the next day {h} had it. That was twice as much fun.
?own: And {h}? {He} did not have the {o} any more, but {he} felt richer than before.
?made: {H} learned that the best presents cannot be bought.
?made: To this day {f} keeps that present in {fhis} heart.
That night {h} could not sleep for a long time, because {he} was so happy.
"Giving is like getting," said {h}, "only warmer."
"""),

Plot("journey", "child child animal animal toy robot folk",
"a journey|a journey to see {goal}|seeing something for the first time",
     "who wants to see {goal}|who goes on a journey to see {goal}|who has never seen {goal}", draws=[
         [{"goal": "the sea", "if": "!river !seaside !snow",
          "first": "At first {he} only heard a deep sound, like a giant breathing",
           "sight": "it was blue and so wide that it had no end", "bring": "a little white shell"},
          {"goal": "the snow", "if": "!snow !savanna !room",
           "first": "The air grew colder and colder, and then something soft and white fell on {his} nose",
           "sight": "the whole world was white and still", "bring": "a red nose and cold ears"},
          {"goal": "the top of the mountain", "if": "!room",
           "first": "The path grew steeper and steeper, and the trees grew smaller and smaller",
           "sight": "one could see the whole land, with tiny houses and silver rivers", "bring": "a small grey stone"},
          {"goal": "a rainbow", "if": "!room !snow",
           "first": "Rain fell and fell, but then the sun came out behind the clouds",
           "sight": "it stood there in seven colours, high and bright, like a gate",
           "bring": "a picture of it in {his} heart"},
          {"goal": "the moon from close by",
           "first": "It grew dark, and a silver light shone over the edge of the hill",
           "if": "!room", "sight": "it was round and big, and it seemed so near that one could touch it",
           "bring": "a little moonlight in {his} eyes"},
          {"goal": "the garden", "if": "room",
           "first": "Something smelled sweet, and a soft wind came in through the door",
           "sight": "there were a thousand flowers, and above them was the endless blue sky", "bring": "a yellow \
petal"}]], text="""
# dream
{H} had heard a lot about {goal}, but {he} had never seen it.
"I would so like to see {goal}," {h} said every evening.
{G} had told {him} about {goal}. Since then, {h} could think of nothing else.
One night {h} dreamed of {goal}. In the morning {he} knew what {he} wanted to do.
# start
So one {day} {he} packed some {food} and set out.
"I will go and look," {he} said to {his} {parent}, and {he} set out with a little bag.
"Take care," said {g}, "and ask for the way." {H} promised it and went off.
# doubt 50
"It is much too far," said some. "You are much too small," said others. But {h} went all the same.
{He} turned around once more and waved. Then {his} {home} was out of sight.
## friend
On the way {he} met {f}, {afkind}. "Where are you going?" {fhe} asked. "I want to see {goal}," said {h}. "May I come \
with you?" asked {f}.
{At1} sat {af}. "I have always wanted to see {goal}," {fhe} said, "but I did not want to go alone." So they went on \
together.
After a while {h} heard steps behind {him}. It was {f}, {afkind} from home. "You forgot your scarf," {fhe} said. "And \
I want to see {goal}, too!"
# road
They rested {at2}, and later they rested {at3}. Then they left everything behind that they knew.
They went up the hills and down the hills. Sometimes they sang, and sometimes they were silent.
One day it was hot, and one day it was windy. They told each other riddles to make the way shorter.
# obstacle
Then they came to a wide ditch. "We cannot get across," said {h}. But {f} found an old board, and they made a bridge \
of it.
Once they took the wrong path and had to go all the way back. "Now we know one more path," said {f}, and that helped.
After a while {h} sat down. "I cannot go on," {he} said. "Only as far as that stone," said {f}. And when they were \
there, {fhe} said, "Only as far as that tree."
At night it was cold. They sat close together, and {f} told a long story until {h} fell asleep.
# ask 40
They asked an old shepherd for the way. "Always follow your nose," he said, "and do not forget to look around."
A bird flew above them. "Is it still far?" called {h}. "Not as far as it was yesterday," sang the bird.
## near
Then something changed. {First}.
At last, on the third day, they were near. {First}.
{First}. "Do you notice that?" whispered {h}.
# see
And then they saw it: {sight}.
{H} opened {his} eyes wide. There it was, and {sight}.
"Oh," said {h}. That was all {he} could say, for {sight}.
# feel
They stood there for a long time and did not speak.
"It is even more beautiful than in my dream," {h} said softly.
{F} took {his} {hand}. "I am glad that we did not turn back," {fhe} said.
# play 50
They stayed until evening and could not see enough of it.
They laughed and jumped about until they were tired.
## end
When {h} came home, {he} brought {bring} and a hundred stories.
"Was it worth the long way?" asked {g}. "The way was part of it," said {h}.
That night {h} slept in {his} own {bed} again. But in {his} dreams {he} was still on the road.
"Where shall we go next?" asked {f}. And both of them laughed.
"The most beautiful thing," {h} told everybody, "was that I did not see it alone."
"""),

Plot("sleepless", "child child animal animal toy fly sea robot", "not being able to sleep|going to sleep|bedtime",
     "who cannot fall asleep|who is wide awake at night|who does not want to go to bed", draws=[
         [{"tags": "count"}, {"tags": "worry"}, {"tags": "song"}]], hook="""
"I am not tired at all," said {ah}{named}. {He} lived {in}, and it was long past bedtime.
""", text="""
# night
It was night, and everybody was asleep. Only {h} was wide awake.
The moon was high, and {h} was still not asleep.
"Good night," {his} {parent} had said. But {h} could not fall asleep.
{H} lay in {his} {bed} and looked into the dark. {He} was not tired at all.
# turn
{He} turned to the left. {He} turned to the right. {He} lay on {his} belly and on {his} back. Nothing helped.
{He} closed {his} eyes, but they opened again all by themselves.
The bed was too warm, then too cold. The cover was too short, and the night was too long.
# count
{He} counted sheep. But the sheep in {his} head made funny jumps, and {h} had to laugh.
{He} counted up to a hundred. At a hundred {he} was more awake than before.
{He} tried to think of nothing. But it is very hard to think of nothing.
## goout
So {he} got up and looked out. Everything was silver in the moonlight.
In the end {he} got up quietly and went to find somebody.
"Maybe somebody else is awake," {he} thought, and {he} tiptoed out.
# meet
{He} found {g} sitting {at1}. "Can you not sleep?" {ghe} asked. {H} shook {his} head.
{At1} {he} met {g}, who did not sleep much any more. "Well, well," {ghe} said. "Who is up so late?"
# reason
?worry: "What is going around in your head?" asked {g}. {H} thought about it. "Tomorrow is a big day," {he} said. \
"What if something goes wrong?"
?worry: "Tell me what you are thinking of," said {g}. And {h} told {ghim}. {He} had quarreled with {f}, {afkind} and \
{his} best friend.
?count: "I know a trick," said {g}. "Do not count sheep. Count the good things of the day."
?count: "Sleep is like a shy bird," said {g}. "If you run after it, it flies away. If you are still, it comes by \
itself."
?song: "Listen," said {g}. "The night has its own song." {H} listened. There was the wind, and there was a soft, soft \
rustling.
?song: "I will sing something for you," said {g}. It was an old song about the moon and her children, the stars.
## help
?worry: "Put your worry down here for tonight," {g} said. "It will not run away. And in the morning it will be \
smaller." So {h} did.
?worry: "You can do something about it in the morning," said {g}. "At night we can do only one thing, and that is \
rest." {H} nodded. {He} felt lighter.
?count: {H} tried it. "The sun was warm," {he} said. "I ate {food}. My friend {f} made me laugh. And somebody is \
sitting here with me." {His} voice grew slower and slower.
?count: So {h} sat very still and thought of all the good things: of {food}, of {f}, and of the sun on {his} back.
?song: {H} leaned back. {His} breath grew slow. {His} eyes grew heavy, like two little stones.
?song: {He} wanted to hear how it ended. But {he} never did, because something soft and warm was coming.
# yawn
{He} yawned. Then {g} yawned, too.
"I am still not tired," said {h}, and {he} gave a big yawn.
# bed
{G} brought {him} back to {his} {bed} and covered {him} up.
{He} went back and lay down in {his} {bed}. This time it felt just right.
## end
Outside the moon went on her way. And {h} slept.
"Good night," {g} whispered. But {h} did not hear it any more.
One star twinkled. And before it twinkled again, {h} was asleep.
And {he} slept until the sun tickled {his} nose.
"""),
]
