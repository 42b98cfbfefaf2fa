"""Plots with heroes of their own: robots, clouds, stars, snowmen, toys, dragons and people at work."""
from .grammar import Plot

PLOTS = [
Plot("useful", "robot robot", "a robot that wants to be useful|being useful|finding out what you are good at",
     "who wants to be useful|who does everything wrong at first|who looks for a job", draws=[
         [{"tags": "lamp street", "power": "a bright lamp"}, {"tags": "lamp lostchild", "power": "a bright lamp"},
          {"tags": "warm", "power": "a warm belly"},
          {"tags": "listen mew", "power": "very good ears"}, {"tags": "listen bench", "power": "very good ears"}]], \
text="""
# wish
{H} had only one wish. {He} wanted to be useful.
"Everybody has a job," said {h}. "What is my job?"
{H} was a new robot, and nobody had told {him} what {he} was for.
# first
First {he} went to the bakery. "I can help!" {he} said. But {he} stirred so fast that the flour flew everywhere.
{He} tried to help in the garden. But {he} watered the stones and pulled out the flowers.
First {he} wanted to carry the post. But the letters got stuck in {his} wheels.
# second
Then {he} tried to wash the dishes. Crash! There went a cup. "Beep," said {h} sadly.
Then {he} wanted to wash the windows. But {he} used soup instead of soap.
In the library {he} put all the books in order, from heavy to light. Nobody could find anything any more.
# sad
"I am good for nothing," said {h}, and {his} lights grew dim.
{He} rolled into a corner and switched off {his} lamps. "Beep," {he} said very softly.
"I do everything wrong," {he} said. A drop of oil ran down {his} face.
## friend
{F}, {afkind}, sat down next to {him}. "What is the matter?" {fhe} asked. "I am not useful," said {h}.
Then {f}, {afkind} who lived there, came by. "Robots cannot cry, can they?" {fhe} asked. "A little," said {h}.
# advice
"You do not have to be good at everything," said {f}. "Everybody is good at something."
"Maybe you have not found the right thing yet," {f} said.
## night
?street: That night all the lights went out. The streets were as black as ink, and people could not find their way home.
?lostchild: In the evening, a small child got lost in the dark. Everybody went out to search.
?warm: That night it was very cold. The stove at the old people's house was broken, and everybody was freezing.
?warm: Then winter came, and it was so cold that the windows had flowers of ice on them. In {g}'s house the stove \
went out.
?mew: The next day there was a great noise. A kitten had disappeared, and nobody knew where it was.
?bench: That evening {g} sat alone on a bench. {G} looked very sad, and everybody hurried past.
# deed
?street: "I have a lamp!" said {h}. {He} turned it on as bright as {he} could and rolled through the streets. "Follow \
me!" {he} called. Soon everybody was safe at home.
?lostchild: {H} turned on {his} big lamp and shone it into every corner. And there, under a hedge, the lost child was \
sleeping. Everybody cheered.
?warm: {H} had an engine in {his} belly, and it was always warm. {He} sat down in the middle of the room, and \
everybody came close. Soon nobody was cold any more.
?warm: "My belly is warm!" said {h}. All night long {he} stayed there and hummed, and the whole room became warm.
?mew: {H} switched {his} ears up as far as they would go. "I hear something," {he} said. "There is a soft mew, down \
in the well!" And so the kitten was saved.
?bench: {H} rolled up and asked, "Do you want to tell me about it?" Then {he} listened. {He} listened for a whole \
hour and forgot not one word. When {g} got up, {ghe} was smiling.
# praise
"How useful you are!" everybody said. {H} beeped with joy.
"What would we do without you?" asked {f}. {His} lights shone brighter than ever before.
{F} hugged {him}. "Now you know what you are for," {fhe} said.
## end
From that day on, {h} had a job. And {he} was the happiest robot in the world.
Sometimes {he} still drops a cup. But nobody minds that any more.
"Beep," said {h}. And in robot language that means, "I am happy."
{H} had found out that {he} had {power}, and a good heart, too.
"""),

Plot("cloud", "cloud", "a cloud that wants to help|a little cloud|the rain",
"who wants to help|who wants to be useful|who thinks that nobody needs {him}", draws=[
         [{"tags": "dry", "who2": "a farmer"}, {"tags": "shade", "who2": "an old gardener"}]], text="""
# look
From up there {h} could see everything: the hills, the rivers and the tiny houses.
All day long {he} floated about and looked down on the world.
The big clouds could make thunder and lightning. {H} could only float.
# wish
"I would like to be good for something," {he} said.
"What am I for?" {he} asked the wind. The wind only said, "Whoosh."
{H} was sad because nobody ever looked up at {him}.
# try
First {he} floated in front of the sun. "Go away!" called the children on the beach. "We want to swim."
First {he} came to a birthday party in a garden. "Oh no, a cloud!" the guests cried. "Please do not rain!"
{He} stopped above a street. At once everybody opened an umbrella and hurried home.
# sad
"Nobody wants me," said {h}, and {he} became a bit greyer.
{He} floated away very quietly and tried to make {himself} small.
## wind
"Come with me," said the wind. "I will show you something." And it carried {him} far away, over three mountains.
Then the wind took {him} along. They went over forests and rivers, farther than {h} had ever been.
# dry
?dry: There the land was brown. The leaves hung down, and the river was only a thin line. {Who2} stood in the field \
and looked up at the sky.
?dry: There it had not rained for weeks. The flowers hung their heads, and the animals were thirsty.
?shade: There the sun burned down from morning to evening. {Who2} was working in the field and wiped the sweat away.
?shade: There it was very hot. Nobody could find a bit of shade. Even the birds were too tired to sing.
# decide
?dry: "They need water," thought {h}. "And I am full of it!"
?dry: {H} was afraid, for rain makes a cloud smaller. But then {he} saw a little flower that could not hold up its head.
?shade: "I can do something about that," thought {h}, and {he} floated in front of the sun.
?shade: {H} made {himself} as wide as {he} could and stopped right above the field.
# rain
?dry: And then it rained. Pling, plong! Drop by drop fell on the dry land. The river gurgled, and the leaves drank.
?dry: {H} took a deep breath and let the rain fall, soft and warm. Down there people began to dance.
?shade: A cool shadow fell over the land. "Ah!" said {who2}. "What a lovely little cloud!"
?shade: The heat grew softer. Children came out of the houses, and the birds began to sing. "Thank you, little \
cloud!" they called.
## after
?dry: When it was over, {h} was quite thin. But below everything was green, and a rainbow stood in the sky.
?dry: Afterward {h} felt as light as never before. "Thank you!" called the children from below.
?shade: In the evening {he} let some drops fall, just for the flowers. They smelled sweeter than ever.
?shade: {H} stayed until evening, and the setting sun painted {him} pink and gold.
# end
Over the sea {he} drank until {he} was big and round again. And then {he} flew back, for now {he} knew where {he} was \
needed.
Since then, {h} looks down every day to see who needs {him}.
"So that is what I am for," said {h}. And {he} was the happiest cloud in the sky.
Every cloud is needed somewhere. You only have to find the place.
"""),

Plot("star", "star star", "a little star|?fall: a star that falls from the sky|shining in the dark",
"who thinks that {he} is too small|?fall: who falls from the sky|who wants to shine", draws=[
         [{"tags": "fall"}, {"tags": "guide boat"}, {"tags": "guide wood"}]], text="""
# small
All the other stars were bigger and brighter. {H} shone only a little.
{H} was the smallest star of all. When people looked up, they never saw {him}.
"You are so tiny," said the big stars. "Nobody can see you."
# feel
{H} was sad. "If I went out, nobody would notice," {he} said.
"What good is such a small light?" {he} asked the moon. "Wait and see," said the moon.
Every night {he} tried to shine as brightly as {he} could. It was never enough.
## turn
?fall: One night {he} leaned down too far. Whoosh! {He} fell out of the sky and landed in a garden, right in front of \
{f}'s feet, {afkind}.
?fall: Then one night {h} slipped and fell, down and down, and landed softly in the grass. {F}, {afkind} who lived \
there, came running. "Oh!" {fhe} said. "A star!"
?guide: One night big clouds covered the sky. All the bright stars were hidden. Only in one small gap, right where \
{h} was, the sky was clear.
?guide: One night it was dark and stormy. One after the other the stars disappeared behind the clouds. In the end \
only {h} was left.
# below
?fall: "Are you hurt?" {f} asked. "No," said {h}. "I am only small and far from home."
?fall: {F} took the star into the house. All at once the dark room was full of a soft golden light. "You are so \
bright!" said {f}.
?boat: Far below, a little boat was on the sea. {F}, {afkind}, and {fhis} father were in it, and they did not know \
which way was home.
?wood: Down there {f}, {afkind}, had lost the way in the dark forest. {Fhe} looked up at the sky and cried.
# deed
?fall: That night {f} was not afraid of the dark for the first time, because a star was shining by the bed.
?fall: {F} had a sick little sister. When she saw the light, she smiled for the first time in many days.
?boat: "They need a light!" thought {h}. {He} shone with all {his} strength. "Look!" cried {f}. "There is a star! \
That way is home!"
?wood: {H} shone as {he} had never shone before. {F} saw the little light and followed it, step by step.
# home
?fall: But {h} missed the sky. So {f} climbed the highest hill and threw the star up as high as {fhe} could. The wind \
caught it and carried it home.
?fall: The next night the moon let down a silver ladder. {F} waved for a long time. "I will look for you every \
night!" {fhe} called.
?boat: {He} shone all night, until the two of them were safe at home.
?guide: When {f} was home again, {fhe} opened the window and called, "Thank you, little star!"
## after
?fall: "Where have you been?" asked the big stars. {H} told them everything. They were quiet for a long time.
?guide: "You were brighter than all of us," said the big stars. "No," said {h}. "I was only there when I was needed."
The moon smiled. "I told you to wait and see," she said.
# end
When you look up tonight, look for the smallest star. Maybe it will twinkle at you.
Since then, {h} has never wanted to be bigger. A small light is enough when somebody needs it.
And every night somebody looks up and says, "Good night, little star."
Now {h} shines happily, and {he} does not ask any more if it is enough.
"""),

Plot("snowman", "snowman snowman", "a snowman|a snowman in winter|?spring: winter and spring",
"?spring: who wants to see the summer|who is the friend of a child|?carrot: who gives something away", draws=[
         [{"tags": "spring"}, {"tags": "carrot"}]], text="""
# built
{F}, {afkind}, had built {him} on a cold morning and had given {him} a carrot for a nose.
Three big balls of snow, two black stones and a carrot, and {h} was ready. {F}, {afkind}, had done it all alone.
{He} wore an old hat and a red scarf. {F}, {afkind} from the house next door, had put them on {him}.
# life
Every day {f} came to see {him} and told {him} what had happened at school.
By day {he} watched the children on their sleds. By night {he} counted the stars.
{H} loved the frost and the north wind. The colder it was, the better {he} felt.
# wish
?spring: One thing made {him} curious. "What is summer?" {he} asked. "It is warm and green," said {f}. "I would like \
to see that," said {h}.
?spring: A sparrow told {him} about the spring, about flowers and green leaves. {H} could not forget it.
?carrot: One very cold day a hungry rabbit came by. It looked at {his} carrot nose and did not dare to ask.
?carrot: One evening {he} saw a thin little rabbit. It was looking for food, but everything lay deep under the snow.
## turn
?spring: "But when it gets warm, snowmen melt," the sparrow said. {H} was silent for a while. "Does it hurt?" {he} \
asked. "No," said the sparrow. "You only turn into water."
?spring: The days grew longer and the sun grew warmer. Drip, drop, went {h0}'s nose. {F} was very sad. "I do not want \
you to go," {fhe} said.
?carrot: "Are you hungry?" asked {h}. The rabbit nodded. "Then take my nose," {he} said. "I have it only for show."
?carrot: {H} thought about it for a moment. Without a nose {he} would look funny. "Take it," {he} said to the rabbit.
# middle
?spring: "Do not cry," said {h}. "Water goes into the earth, and the flowers drink it. So I will see the summer after \
all."
?spring: "I will come back," said {h}. "Every winter, when the snow falls, you can build me again."
?carrot: The rabbit ate and ate, and its eyes began to shine. "You have saved me," it said.
?carrot: The rabbit carried the carrot home to its three little ones. That night none of them was hungry.
# then
?spring: One warm morning only a hat, a scarf and a carrot lay in the grass. And between them stood a small white \
flower.
?spring: Then, one night, a warm rain fell. In the morning {h} was gone. But where {he} had stood, the first \
snowdrops were growing.
?carrot: The next morning {f} was surprised. "Where is your nose?" {fhe} asked. Then {fhe} saw the small prints in \
the snow, and {fhe} understood.
?carrot: In the morning {f} saw what had happened. {Fhe} ran into the house and came back with two carrots, one for \
{h0} and one for the rabbit.
## after
?spring: "Hello," {f} whispered to the flower. It nodded in the wind.
?spring: {F} kept the hat and the scarf in a box all summer.
?carrot: From then on the rabbit came every evening, and they talked about the moon and the winter.
?carrot: Soon other animals came, too. {F} put out seeds and apples, and {h} was never lonely again.
# end
?spring: And in the next winter, when the first snow fell, {f} ran outside. "Welcome back!" {fhe} called.
?spring: Nothing is ever really gone. That is what {f} learned from the snowman.
?carrot: It was a cold winter, but it was the warmest one of all in {his} heart.
?carrot: "A nose is only a nose," said {h}. "But a friend is a friend."
"""),

Plot("oldtoy", "toy toy toy", "a forgotten toy|an old toy that is loved again|being loved",
"who is forgotten by everybody|who is old and waits for somebody|who wants to be loved again", draws=[
         [{"tags": "sick"}, {"tags": "found"}]], text="""
# old
{H} was not new any more. {He} had a patch on {his} belly, and one button was missing.
Once everybody had played with {him}. But then new toys had come, with lights and wheels.
{He} had been sitting in the same place for a long time, and dust lay on {his} head.
# wait
Every morning {he} thought, "Maybe today somebody will play with me." But nobody came.
{He} saw how the others were taken away, one after the other. Nobody ever took {him}.
"You are old," said the shiny new car. "Nobody wants you any more." {H} said nothing.
# friend
Only {f}, {afkind}, talked to {him} at night. "Do not lose hope," {fhe} said.
{His} only friend was {f}, {afkind} with a crack in {fhis} ear. They comforted each other.
# hope 60
"My time will come," {h} said, but {he} was not sure.
At night {he} dreamed of a small hand that held {him} tight.
{G} had seen many years. "A toy that has been loved never gets old," {ghe} said.
## turn
?sick: Then a little girl came who was ill and could not sleep. She tried the new toys, but they were hard and cold. \
"I want something soft," she said.
?sick: One night a little boy cried in the dark. The new toys could beep and flash, but none of them could comfort him.
?found: One rainy day, a child came in. The child did not care for the new toys, but looked around {at1}. And there \
sat {h}.
?found: Then a child came who had hardly any money. But the child went past all the shiny toys and stopped in front \
of {h0}.
# look
?sick: Then somebody remembered {h0}. {He} was taken down and dusted and put into the warm bed.
?sick: {G} gave {him} a little push. Plump! {H} fell down, right next to the child's bed.
?found: "You look as if you have many stories to tell," the child said softly.
?found: "What a nice face you have," said the child and took {him} down very gently.
## love
?sick: The child held {him} close. Soon there was no more crying, only soft breathing. And {h} did not move all night.
?sick: "You smell like home," the child whispered and fell asleep with one arm around {him}.
?found: The child sewed on a new button and washed {his} face. Then the child carried {him} home under a warm coat.
?found: And {h} was lifted up and hugged. {He} had almost forgotten how good that felt.
# friendtoo
{H} thought of {f}. And look, the next day {f} was brought along, too.
But what about {f}? The child saw {fhim} and said, "You two belong together."
## end
Now {h} sleeps in a warm bed every night, and {he} is not too old for anything.
The new toys were silent. Then the shiny car said, "Can you tell us how you did that?" "You only have to be soft," \
said {h}.
"I always knew it," said {g}.
A toy is not beautiful because it is new. It is beautiful because somebody loves it.
And every patch on {his} belly tells a story.
"""),

Plot("dragonfire", "dragonkin", "a dragon who is different|being different|a friendly dragon",
"who cannot breathe fire|who is different from all the others|who breathes {what}", draws=[
         [{"what": "flowers"}, {"what": "soap bubbles"}, {"what": "warm rain"}, {"what": "butterflies"}, {"what": \
"snowflakes"}]], text="""
# different
All the other dragons could breathe fire. But when {h} opened {his} mouth, only {what} came out.
{H} was different. The others breathed fire, and {he} breathed {what}.
# laugh
"That is no dragon!" the others laughed. "Look, {what}!"
The big dragons shook their heads. "{What}! Who has ever seen such a thing?" they said.
{H} tried again and again. {He} ate hot peppers and sat in the sun. But there was no fire, only {what}.
# away
So {he} went away, {to1}, where nobody could see {him}.
{H} was ashamed and hid {at1}.
"I will never be a real dragon," {he} thought, and {he} went away alone.
## meet
There {he} met {f}, {afkind}. {F} was frightened. "Please do not burn me!" {fhe} cried. "I cannot do that," {h} said \
sadly.
One {day} {f}, {afkind}, found {him}. "Are you going to eat me?" {fhe} asked. "No," said {h}. "I like {food} better."
# show
"What can you do, then?" asked {f}. {H} opened {his} mouth, and {what} flew through the air. {F} clapped. "That is \
wonderful!"
Just then {h} had to sneeze. Hatchoo! Everything was full of {what}. {F} laughed with joy. "Do it again!" {fhe} called.
# friends
Nobody had ever said anything like that to {h0}. {He} grew red all the way up to {his} ears.
From then on, they met every day, and {h} was not sad any more.
"You need not be like the others," said {f}. "There are enough of them already."
## danger
Then came the day of the big dragon feast. All the little animals of {the} were afraid and hid. Nobody came.
Not long after that, the big dragons wanted to give a party. But all the guests ran away from the fire.
# deed
"Let me try," said {h}. {He} took a deep breath, and {what} filled the sky. One after the other, the animals came out \
and smiled.
"Wait!" called {h}. {He} flew up and breathed out with all {his} strength. It was more beautiful than any fire. \
{What} fell softly over everything, and nobody was afraid any more.
# praise
The big dragons were silent. Then the oldest one said, "Fire can make heat. But you can make joy."
"We are sorry that we laughed," said the big dragons. "Will you show us how you do it?" "I do not know how," said \
{h}. "It is just me."
## end
Since then, there is no feast without {h}.
{H} never again wanted to be like the others.
And {f}? {Fhe} sat on {his} back, high up in the air, and laughed.
It is good that not all dragons are the same.
"""),

Plot("work", "worker worker worker", "a kind worker|an honest worker|working with love",
"who is poor but kind|who gets a strange visitor at night|who shares {his} last bread", draws=[
         [{"tags": "mice", "visitor": "a family of mice"}, {"tags": "poor", "visitor": "an old woman in a grey \
coat"}]], text="""
# work
From morning to evening {h} worked in {his} {home}, and {he} did it with love.
{H} worked hard and never cheated anybody.
Early in the morning, when the others were still asleep, {h} was already at work.
# poor
But the times were bad. Fewer and fewer customers came, and soon {h} had almost nothing left.
One winter, hardly anybody bought anything. In the end {h} had only one loaf of bread and one candle.
{He} was getting older, and {his} {hands} were tired. "How long can I go on?" {he} thought.
# night
One cold evening somebody knocked at the door.
It was snowing when {h} heard a soft noise at the door.
# visitor
?mice: {H} opened the door. Outside sat a family of mice, cold and hungry.
?mice: It was a mother mouse with five little ones. "Peep," she said and trembled.
?poor: Outside stood an old woman in a grey coat. "May I warm myself?" she asked.
?poor: It was a very old woman. "I have nothing to eat and nowhere to sleep," she said.
# share
{H} had little, but {he} did not think twice. "Come in," {he} said, and {he} shared {his} last bread.
"I do not have much," said {h}, "but there is enough for a guest." And {he} put more wood on the fire.
{He} gave away {his} own supper and the warm place by the stove.
## surprise
?mice: In the morning {h} could not believe {his} eyes. All the work was done! It was finer than {he} could have done \
it {himself}. Tiny footprints were all over the table.
?mice: {H} went to bed tired and sad. But at night there was a busy patter of feet. In the morning everything was \
clean, and all the work was done.
?poor: In the morning the old woman was gone. But on the table lay a small silver bell and a note. "Ring it when you \
open your door," it said.
?poor: When {h} woke up, {his} guest had left. She had drawn a golden sun on the door.
# more
?mice: It was the same on the next day. Now {h} understood. The mice were helping {him}!
?mice: The next night {h} stayed awake and looked through the keyhole. There they were, all the mice, working and \
singing.
?poor: {H} did what {he} was told. And look, people stopped and smiled and came in.
?poor: From that hour on, people came from everywhere. Each of them said, "Your door looks so friendly!"
# good
Soon everybody spoke of {his} fine work, and the shop was full again.
Now {h} had so much to do that {he} needed help. {F}, {afkind} from next door, came every day after school to learn.
## thanks
?mice: To say thank you, {h} made six tiny coats for the mice and always left them the best crumbs.
?mice: Every evening {h} put out a plate of cheese. "For my helpers," {he} said.
?poor: {H} never saw the old woman again. But every evening {he} put a light in the window, in case somebody was cold \
outside.
?poor: And when a poor person knocked, {h} always said, "Come in!"
# end
Who gives with a warm heart will never be poor.
And if you go past there today, you can hear somebody sing.
"I gave away so little," {h} often said, "and I got so much."
"""),

Plot("sing", "child child animal animal fly toy robot", "being shy|singing in front of others|courage",
"who is too shy to sing|who has to sing in front of everybody|who sings only when nobody is listening", draws=[
         [{"tags": "close"}, {"tags": "friend"}]], text="""
# voice
{H} had a beautiful voice. But {he} sang only when nobody was listening.
When {h} was alone, {he} sang. As soon as somebody came, {he} stopped.
# heard
One {day} {f}, {afkind}, heard {him}. "Was that you?" {fhe} asked. "You must sing at the summer feast!" {H} turned \
red and shook {his} head.
"Who is singing so beautifully?" asked {f}, {afkind}, one {day}. {H} wanted to hide, but it was too late. "Please \
sing for all of us at the feast," said {f}.
# fear
"I cannot do it," said {h}. "When they look at me, my voice runs away."
{H} imagined all those eyes looking at {him}, and {his} knees began to shake.
"What if I forget the words?" {he} asked. "What if they laugh?"
# practice
?close: {G} gave {him} some advice. "Close your eyes," {ghe} said, "and sing as if you were all alone {at1}."
?friend: "Then sing for me first," said {f}. So {h} sang {at1}, very softly. The next day {he} sang for two, and the \
day after that for three.
?friend: "We can do it together," said {f}. "I will hum, and you will sing." They practiced every day {at1}.
?close: "Everybody is afraid," said {g}. "Even I was. Breathe slowly and think of something you love."
## day
Then the day of the feast came. There were lanterns everywhere, and everybody was there.
On the evening of the feast, {h} stood behind a curtain of leaves and could hear {his} own heart.
# stage
"And now {h}!" called {g}. It grew quiet. {H} stepped forward.
It was {his} turn. {H} took one step, and then another one.
# fail
{He} opened {his} mouth. Nothing came out. It was so quiet that one could have heard a leaf fall.
The first note was only a squeak. Somebody giggled. {H} wanted to run away.
# turn
?close: Then {he} remembered what {g} had said. {He} closed {his} eyes. {He} was alone {at1}, and the air was warm. \
And {he} began to sing.
?close: {He} took a slow breath and thought of {his} {home}. Then the song came, all by itself.
?friend: But there in the first row sat {f}, and {fhe} smiled at {him}. {H} looked only at {fhim}. And {he} began to \
sing.
?friend: Then {f} began to hum, softly and steadily. {H} took a deep breath and sang.
# song
First {his} voice was small. Then it grew and grew, until it reached the stars.
{He} sang about the moon and the wind. Nobody moved.
## applause
When the song was over, nobody made a sound. Then everybody cheered.
For a moment it was still. Then they clapped and stamped and called, "Once more!"
# talk 60
"You see?" said {f}. "Your voice came back." "It only needed company," said {h}.
"Were you afraid?" asked {g}. "Yes," said {h}. "But I sang all the same."
# end
Since then, {h} sings every day, with the doors wide open.
That night, {h} sang {himself} to sleep. And this time {he} did not mind if anybody heard it.
Courage does not mean that you are not afraid. It means that you sing all the same.
"""),

Plot("small", "child child animal animal", "being too small|wanting to be bigger|being just right",
"who wants to be bigger|who is too small for everything|who finds out that small is good", draws=[
         [{"tags": "gap"}, {"tags": "quiet"}]], text="""
# small
{H} was smaller than all the others, and {he} did not like it.
"I want to be big," {h} said every morning. And every morning {he} was just as small as the day before.
"You are too small," the others always said when {h} wanted to play with them.
# cannot
When they played ball, nobody saw {him}. When they jumped, {he} came last.
{He} could not reach the highest berries, and {he} could not look over the fence.
# try
{He} ate more than usual. {He} hung from a branch. {He} slept with {his} legs stretched out. But {he} did not grow.
{He} stood on a stone, then on a box, then on [two|three] boxes. Bump! {He} fell down.
# advice
"Everybody grows at a different speed," said {g}. "And small is not the same as weak." {H} sighed.
"What is so good about being big?" asked {g}. {H} did not know what to say.
## trouble
?gap: One {day} there was a loud cry {at1}. {F}, {afkind}, had fallen into a narrow hole and could not get out.
?gap: Then, one {day}, something bad happened. {F}, {afkind}, got stuck in a narrow gap {at1}.
?quiet: One {day} everybody was playing hide and seek. {F}, {afkind}, could not be found, not even when it grew dark.
?quiet: One {day} {f}, {afkind}, hid so well that nobody could find {fhim}. Then they heard {fhim} cry, but nobody \
knew where.
# big
All the big ones came. They pulled and pushed, but they were too big to get in.
"I cannot reach {fhim}," said the strongest one. "My arms are too thick." Nobody knew what to do.
# me
"I can fit in there!" said a small voice. It was {h}.
"Let me try," said {h}. Everybody looked at {him}. Then they stepped aside.
# deed
{H} crept into the dark hole with a rope around {his} belly. {He} held {f} tight. "Pull!" {he} called.
{He} made {himself} even smaller than {he} was and crept in. It was dark and narrow, but there was {f}. "Take my \
{hand}," said {h}.
# out
Inch by inch they came out again. {F} was dirty and happy.
They all pulled together, and plop, {f} and {h} were out!
## thanks
"You saved me!" said {f}. "You are just the right size."
"Only you could do that," said {g}. And nobody said that {he} was too small any more.
# end
That evening, {h} looked at {himself} in a puddle. "Small is good," {he} said.
And then, in the next spring, {h} was a bit taller. {He} did not even notice it.
"I still want to grow," said {h}. "But there is no hurry."
"""),

Plot("goodbye", "child child animal animal fly sea", "saying goodbye|a friend who moves away|missing somebody",
"whose best friend moves away|who has to say goodbye|who misses a friend", draws=[
         [{"tags": "letter"}, {"tags": "visit"}]], text="""
# friends
{H} and {f}, {afkind}, had been friends for as long as they could remember.
{H} had one very best friend. It was {af}, and they met {at1} every day.
# news
But one {day} {f} had tears in {fhis} eyes. "We are going to move away," {fhe} said.
One {day} {f} said, "I have to tell you something. Next week we are moving far away."
# feel
{H} felt as if the sun had gone out. "You cannot go!" {he} said.
At first {h} said nothing. Then {he} was angry, and then {he} cried.
"Who will play with me?" asked {h}. {F} did not know an answer.
# last
They made a list of everything that they wanted to do once more. They went {to1}, {to2} and {to3}.
On the last day they did all the things they loved, and they ate {food} together.
"Let us not be sad today," said {f}. "Let us play as we always do." And that is what they did.
## gift
When it was time to go, {h} gave {fhim} a small smooth stone. "I have one that looks the same," {he} said. "When you \
hold it, think of me."
"Close your eyes," said {f}. {Fhe} put something into {his} {hand}. It was half of a shell. {F} kept the other half.
# leave
Then {f} went away. {H} waved until {he} could not see {fhim} any more.
They hugged for a long time. Then {f} was gone, and it was very quiet.
# alone
The first days were hard. {H} sat {at1} and did not want to play with anybody.
Everything made {him} think of {f}: the path, the wind, even {food}.
"Does it ever stop hurting?" {h} asked {g}. "It gets softer," said {g}. "And you miss only those you love."
## after
?letter: Then, one {day}, a bird brought a message from {f}. "I think of you every day," it said. "I have much to \
tell you!"
?letter: After two weeks there was a letter. {F} told {him} about {fhis} new home, and {fhe} had drawn a picture of \
the two of them.
?visit: Some time later, {his} {parent} said, "Get ready. We are going on a trip." And where did they go? They went \
to see {f}!
?visit: In the summer somebody called {his} name from far away. {H} looked up. It was {f}, who had come for a visit!
# joy
?letter: {H} sent an answer at once. And from then on, a message went back and forth every week.
?letter: {H} felt warm all over. {He} sat down right away to think of an answer.
?visit: They fell into each other's arms and talked both at the same time.
?visit: It was as if they had never been apart. They laughed about the same things.
## end
And {h} made a new friend, too. There was room enough in {his} heart for both.
A friend who is far away is still a friend. {H} knew that now.
In the evening they both look at the same moon. And that is a good feeling.
"Goodbye only means until we meet again," said {h}.
"""),

Plot("door", "child child child toy robot animal", "a secret door|a hidden place|being curious",
"who finds a secret door|who finds a hidden place|who wants to know what is behind a door", draws=[
         [{"tags": "key"}, {"tags": "word"}],
         [{"place2": "a garden with flowers in all colours", "if": "!snow"},
          {"place2": "a small room full of old books and maps"},
          {"place2": "a tiny workshop full of bells and clocks", "if": "!animal"}, {"place2": "a cave full of \
sparkling stones", "if": "!room"}]], text="""
# find
One {day} {h} found a little door {at1}. {He} had never seen it before.
{At1} there was something strange. {H} pushed the dust aside. It was a small green door!
One {day} {h} was looking for something {at1}. Instead, {he} found a door that was no higher than {his} knee.
# closed
{He} pushed and pulled, but it was locked.
"What is behind it?" {he} asked {himself}. {He} put an ear to the door and heard a soft humming.
There was no handle and no bell, only a tiny sign. "Please be kind," it said.
# ask
{He} told {f}, {afkind}, about it. "Let us open it together," said {f}.
"You must see this!" {he} said to {f}, {afkind} and {his} best friend.
# elder 60
{G} smiled when they asked about it. "I found that door, too, when I was young," {ghe} said. More {ghe} would not say.
"Some doors open only for patient people," said {g}.
## way
?key: They looked for a key. They looked {at2} and {at3}. In the end they found it right under the mat in front of \
the door, and they laughed.
?key: "Every door has a key," said {f}. They searched all day. Then {h} saw something shine {at2}. It was a tiny \
golden key!
?word: They tried every word they knew. "Open!" shouted {h}. "Hocus pocus!" cried {f}. Nothing happened.
?word: "Maybe there is a magic word," said {f}. They tried long words and short words, funny words and words they had \
made up.
# open
?key: The key turned with a soft click. The door opened.
?key: {H} put the key into the lock. {His} {hand} was shaking. Click!
?word: Then {h} knocked softly and said, "Please." And slowly the door opened.
?word: "We forgot the easiest one," said {h}. {He} bowed and said, "Please." Click! The door was open.
# see
Behind it was {place2}. Nobody had been there for a long time.
They crept in and held their breath. It was {place2}!
What did they see there? It was {place2}, and everything was covered with golden light.
# inside
In the middle stood a little table with a note on it. "Take nothing and leave something kind," it said.
On a stone somebody had written names. The last one was {g}'s name!
Everything was quiet there, and it was so beautiful that they spoke only in whispers.
## end
They put everything in order and cleaned off the dust. From then on, it was their secret place.
When they left, they closed the door very gently. "We will come again tomorrow," {h} whispered.
They wrote their own names under the others. One day somebody else would find the door.
In the evening {g} asked, "Well, did you find it?" {H} only smiled. And {g} smiled, too.
{H} never told anybody else about the door. But if you are kind and patient, maybe you will find it one day.
"""),
]
