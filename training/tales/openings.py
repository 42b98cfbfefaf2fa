"""How tales begin and end, whatever they are about. Every opening names the hero with kind and adjective."""
from .grammar import lines

# About a third of all tales use these.
ONCE = lines("""
Once upon a time, there was {ah}{named}. {He} lived {in}.
Once upon a time, there was {ah}{named} who lived {in}.
Once upon a time, {in}, there lived {ah}{named}.
Once upon a time, {ah}{named} lived {in}.
?animal: Once upon a time, {in}, {ah}{named} had a [cosy|small|nice] {home}.
Once upon a time, there was {ah} with {feature}. [?]
?named: Once upon a time, there was {ah} with {feature}. {His} name was {name}, and {he} lived {in}.
?nameless: Once upon a time, {ah} with {feature} lived {in}.
?named: Once upon a time, there lived {ah} {in}. Everybody called {him} {name}.
""".replace("Once upon a time, there was {ah} with {feature}. [?]\n", ""))

OTHER = lines("""
One {day}, {ah}{named} woke up early. {weather}
There was once {ah}{named} who lived {in}.
There once was {ah}{named}. {He} had {feature} and lived {in}.
{In} lived {ah}{named}.
{In}, there lived {ah}{named}. {look}
Long ago, {in}, there lived {ah}{named}.
Far away, {in}, lived {ah}{named} with {feature}.
?named: {name} was {ah} who lived {in}.
?named: {name} was {ah}. {He} had {feature} and lived {in}.
?named: Do you know {name}? {name} was {ah}, and {he} lived {in}.
?named: This is the story of {name}, {ah} who lived {in}.
?animal named land: In a [cosy|small|little] {home} {in} lived {ah}. {His} name was {name}.
?!thing: {weather} {Ah}{named} looked out of {his} {home} and smiled.
?nameless: This is the story of {ah} who lived {in}.
?!thing: One {day} {ah}{named} sat {at1} and looked around. {weather}
It was early in the morning. {In}, {ah}{named} opened {his} eyes and yawned.
?land !room !snow !thing: Drip, drop, drip! It had rained all night, and now the sun came out. {Ah}{named} came out \
of {his} {home} and jumped over a puddle.
?land !room !snow !thing: Tweet, tweet! The first bird began to sing, and {in} {ah}{named} woke up.
?room: Ding, dong! The clock struck, and {in} {ah}{named} woke up.
?room: When the lights went out, the toys woke up. One of them was {ah}{named}, who lived {in}.
?sea: Splash! A wave rolled over the sea, and far below it {ah}{named} woke up.
?snow: The wind went whoosh over the ice. {In} lived {ah}{named}, who was never cold.
"Good morning, sun!" said {ah}{named}. {He} said it every day, for {he} lived {in} and loved the light.
"What a fine day!" said {ah}{named} who lived {in}. {weather}
?!plot_newcomer !plot_oldtoy !thing !plot_dragonfire: Everybody {in} knew {ah}{named}. {He} had {feature}.
""")

# A second sentence about the hero; not in every tale.
MORE = lines("""
?!traitsaid !plot_newcomer: {He} was {trait}, and everybody liked {him}.
?!thing: Most of all, {he} loved {food} and long stories.
{look}
?!plot_newcomer !plot_oldtoy !plot_cloud !plot_star: {He} had many friends there.
?!plot_newcomer !thing !plot_oldtoy: Every morning {he} said hello to everybody {he} met.
{look} {He} thought it was the best place in the world.
When {he} was happy, {he} hummed a little song.
?robot: When {he} was happy, {he} said, "Beep, beep!"
?dragon: When {he} laughed, a little smoke came out of {his} nose.
?child: {He} lived there with {his} family.
?child: {He} had a gap in {his} teeth and a pocket full of string.
?animal baby: {He} was still small, but {he} was growing every day.
""")

CLOSE = lines("""
The end.
{H} never forgot that day.
And that is the end of the story.
And they lived happily for a long, long time.
And so everything ended well.
""")
CLOSE_DAY = lines("""
That night, {h} slept very well.
The end.
It had been a good day.
That evening, {h} lay in {his} {bed} and smiled until {he} fell asleep.
Then {h} went home, tired and happy.
{H} hummed a little song all the way home.
When the moon came up, {h} was already asleep.
And so everything ended well.
""")
