"""Simple true facts, one subject a line: the subject, what it is, and more sentences that may follow in any order."""

FACTS = """
the sun|The sun is a star, a huge ball of hot gas.|It gives us light and warmth.|It is much bigger than the \
Earth.|Without it, no plants could grow.
the moon|The moon is a big ball of rock that travels around the Earth.|It does not shine by itself but reflects the \
light of the sun.|People have walked on it.|It seems to change its shape in the course of a month.
rain|Rain is water that falls from clouds in drops.|It fills rivers and lakes.|Plants need it to grow.|After it you \
can sometimes see a rainbow.
snow|Snow is made of tiny crystals of ice.|It falls from clouds when it is very cold.|Children build snowmen with \
it.|It melts when it gets warm.
wind|Wind is air that moves.|It can push sailing boats and turn windmills.|You cannot see it, but you can feel it.|A \
very strong one is called a storm.
a rainbow|A rainbow is a bow of many colours in the sky.|You can see it when the sun shines while it is raining.|Red \
is on its outside and violet on its inside.|It is made by light that passes through drops of water.
thunder|Thunder is the loud noise that lightning makes.|We hear it after the flash because sound is slower than \
light.|It cannot hurt you.
a cloud|A cloud is made of many tiny drops of water or bits of ice.|It floats in the air because the drops are so \
small.|Dark ones often bring rain.|The wind pushes it along.
fog|Fog is a cloud that touches the ground.|In it you cannot see very far.|It often goes away when the sun warms the \
air.
ice|Ice is frozen water.|It is cold, hard and slippery.|It floats on water.|When it gets warm, it melts.
the sea|The sea is a very large body of salt water.|Many fish and other animals live in it.|Its waves are made by the \
wind.|It covers most of the Earth.
a river|A river is water that flows through the land.|It begins at a spring and usually ends in the sea or in a \
lake.|Fish, ducks and otters live in and near it.|Boats can travel on it.
a mountain|A mountain is a very high hill of rock.|At the top it is colder than in the valley.|Some are covered with \
snow all year.|People like to climb them.
a volcano|A volcano is a mountain with an opening from which hot melted rock can come.|The hot rock is called \
lava.|Some have been asleep for a very long time.
a desert|A desert is a place where it hardly ever rains.|Some are very hot, and some are cold.|Only plants and \
animals that need little water can live there.|Camels live in some of them.
an island|An island is land with water all around it.|You can reach it by boat, by airplane or sometimes over a \
bridge.|Some are tiny, and some are as big as a country.
a forest|A forest is a large place full of trees.|Many animals live there.|Its trees clean the air.|You can find \
mushrooms and berries there.
a seed|A seed is the beginning of a new plant.|It needs water and warmth to start growing.|Some travel with the wind, \
and some are carried by animals.|Inside it there is food for the tiny plant.
a tree|A tree is a tall plant with a trunk of wood.|Its roots drink water from the earth.|Birds build their nests in \
it.|Many of them lose their leaves in autumn.
a flower|A flower is the part of a plant that makes seeds.|Bees and butterflies visit it to drink.|It often has \
bright colours and a sweet smell.
a leaf|A leaf is a flat, green part of a plant.|It uses sunlight to make food for the plant.|In autumn many of them \
turn yellow or red.
grass|Grass is a low green plant with thin leaves.|Cows, sheep and horses eat it.|It grows again after it has been cut.
a mushroom|A mushroom is not a plant and not an animal, but a fungus.|It grows in damp places, often in the \
forest.|Some are good to eat, but others are poisonous.|You should never eat one that you do not know.
a bee|A bee is an insect with four wings.|It collects sweet juice from flowers and makes honey.|It lives in a hive \
with many others.|It can sting when it is afraid.
an ant|An ant is a tiny insect.|It lives together with many others in a nest.|It can carry things that are much \
heavier than itself.|It has six legs.
a spider|A spider is a small animal with eight legs.|Many of them spin webs to catch insects.|It is not an \
insect.|Most of them are harmless.
a butterfly|A butterfly is an insect with four thin, often colourful wings.|Before it can fly, it is a \
caterpillar.|It drinks from flowers with a long tongue.
a ladybug|A ladybug is a small round beetle, often red with black dots.|It eats tiny insects that harm \
plants.|Gardeners like it very much.
a caterpillar|A caterpillar is a young butterfly or moth.|It eats a lot of leaves.|One day it becomes a pupa, and \
later it can fly.
a snail|A snail is a small soft animal with a shell on its back.|It moves very slowly on one foot.|When it is afraid, \
it hides in its shell.|It likes wet weather.
a worm|An earthworm is a long, soft animal without legs.|It lives in the ground.|It makes the earth loose and good \
for plants.
a fish|A fish is an animal that lives in water.|It breathes with gills.|It swims with its fins.|Most of them are \
covered with scales.
a whale|A whale is a very large animal that lives in the sea.|It is not a fish, because it breathes air.|The blue one \
is the largest animal on Earth.|It feeds its babies with milk.
a dolphin|A dolphin is a clever animal that lives in the sea.|It breathes air through a hole on its head.|It likes to \
jump out of the water.|It talks to others with clicks and whistles.
a shark|A shark is a big fish with many sharp teeth.|When it loses a tooth, a new one grows.|Most kinds are not \
dangerous for people.
an octopus|An octopus is a sea animal with eight arms.|It has three hearts.|It can change its colour to hide.|It is \
very clever.
a crab|A crab is an animal with a hard shell and two claws.|It often walks sideways.|Many of them live at the beach \
or in the sea.
a frog|A frog is a small animal that lives near water.|When it is young, it is a tadpole and swims like a fish.|It \
can jump very far.|It catches insects with its tongue.
a snake|A snake is a long animal without legs.|It smells with its tongue.|From time to time it gets a new skin.|Most \
of them are not poisonous.
a turtle|A turtle is an animal with a hard shell.|It lays eggs.|Some live in the sea and come to the beach only to \
lay their eggs.|Some kinds can live to be more than a hundred years old.
a crocodile|A crocodile is a large animal with a long mouth and many teeth.|It lives in warm rivers and lakes.|It \
lays eggs.
a bird|A bird is an animal with feathers and two wings.|It lays eggs.|Most of them can fly.|Many of them build nests.
an owl|An owl is a bird that is mostly awake at night.|It can turn its head very far around.|It flies so softly that \
you can hardly hear it.|It catches mice.
a penguin|A penguin is a bird that cannot fly.|It swims very well with its wings.|Many of them live where it is very \
cold.|It eats fish.
a duck|A duck is a bird that swims on ponds and rivers.|It has feet that work like paddles.|Its feathers stay dry in \
the water.|Its babies are called ducklings.
a chicken|A chicken is a bird that lives on many farms.|The mother is called a hen and lays eggs.|The father is \
called a rooster and crows in the morning.|It cannot fly very far.
a swan|A swan is a large bird with a long neck.|It lives on lakes and rivers.|The young ones are grey.
a parrot|A parrot is a colourful bird with a strong, bent beak.|Some of them can copy words.|Many kinds live in warm \
forests.
an ostrich|An ostrich is the largest bird in the world.|It cannot fly, but it can run very fast.|Its eggs are huge.
a cow|A cow is a big animal that lives on farms.|It eats grass.|It gives milk.|Its baby is called a calf.
a horse|A horse is a big, strong animal.|People can ride on it.|It eats grass and hay.|Its baby is called a foal.
a sheep|A sheep is a farm animal with a thick coat of wool.|We make warm sweaters from its wool.|Its baby is called a \
lamb.|It eats grass.
a pig|A pig is a clever farm animal.|It likes to roll in the mud, because mud keeps it cool.|Its baby is called a \
piglet.
a goat|A goat is an animal with horns.|It can climb very well.|It gives milk, and people make cheese from it.|Its \
baby is called a kid.
a donkey|A donkey is an animal with long ears.|It looks like a small horse.|It can carry heavy things.
a dog|A dog is an animal that lives with people.|It can smell much better than we can.|It wags its tail when it is \
happy.|Its baby is called a puppy.
a cat|A cat is a small, soft animal that often lives with people.|It purrs when it feels good.|It can see well when \
there is little light.|Its baby is called a kitten.
a mouse|A mouse is a very small animal with a long tail.|It eats seeds and grains.|Cats and owls like to catch it.
a rabbit|A rabbit is a soft animal with long ears.|It eats grass and other plants.|In nature it often lives in holes \
under the ground.|It can hear very well.
a hedgehog|A hedgehog is a small animal with thousands of spines.|When it is afraid, it rolls up into a ball.|In \
winter it sleeps for many weeks.|It eats insects and worms.
a squirrel|A squirrel is a small animal with a bushy tail.|It can climb and jump very well.|It hides nuts for the \
winter.
a fox|A fox is a wild animal with a bushy tail.|Its fur is often red.|It sleeps in a den.|It is active mostly in the \
evening and at night.
a wolf|A wolf is a wild animal that looks like a big dog.|It lives in a family that is called a pack.|It howls to \
talk to the others.
a bear|A bear is a big, strong animal with thick fur.|Many of them sleep through the winter.|It eats berries, fish \
and many other things.|Its baby is called a cub.
a deer|A deer is a shy animal that lives in forests and meadows.|It eats grass and leaves.|The male has antlers.
a bat|A bat is an animal that can fly, but it is not a bird.|It is awake at night.|It sleeps with its head down.|It \
finds its way with its ears.
an elephant|An elephant is the largest animal that lives on land.|It can pick things up with its trunk.|It has very \
big ears.|It drinks a lot of water every day.
a lion|A lion is a big wild cat.|It lives in a group that is called a pride.|The male has a mane.|Its roar can be \
heard from far away.
a tiger|A tiger is the largest of all the wild cats.|It has orange fur with black stripes.|It likes to swim.
a giraffe|A giraffe is the tallest animal on Earth.|It eats leaves from high trees.|It has a long, dark tongue.|It \
has as many bones in its neck as you have.
a zebra|A zebra looks like a horse with black and white stripes.|It lives in Africa.|No two of them have the same \
stripes.
a monkey|A monkey is an animal with clever hands.|Many of them live in trees.|Most of them have a tail.|It likes fruit.
a camel|A camel is a big animal that lives in the desert.|It has one or two humps full of fat.|It can live without \
water for many days.
a kangaroo|A kangaroo is an animal that lives in Australia.|It jumps on its strong back legs.|The mother carries her \
baby in a pouch.
a koala|A koala is an animal that lives in Australia.|It eats leaves from special trees.|It sleeps most of the day.
a panda|A panda is a black and white bear that lives in China.|It eats bamboo nearly all day long.|Its baby is tiny \
when it is born.
a beaver|A beaver is an animal with a flat tail and strong teeth.|It can cut down trees with its teeth.|It builds \
dams in rivers.
a dinosaur|Dinosaurs were animals that lived a very long time ago.|Some were as small as a chicken, and some were as \
long as three buses.|Birds come from some of them.|We know about them because people have found their bones.
milk|Milk is a white drink that comes from cows and other animals.|We can make cheese, butter and yogurt from \
it.|Baby animals like calves and kittens drink it.
bread|Bread is a food made from flour, water and usually yeast.|It is baked in a hot oven.|People all over the world \
eat it.
cheese|Cheese is made from milk.|There are many kinds, soft ones and hard ones.|Some of them have holes.
butter|Butter is made from cream.|It gets soft when it is warm.|We spread it on bread.
honey|Honey is a sweet food that bees make.|Bees make it from the juice of flowers.|It is golden and sticky.
an egg|An egg is laid by a hen or another animal.|Inside there is a white part and a yellow part.|You can boil it or \
fry it.|A chick can grow in it when the hen keeps it warm.
an apple|An apple is a round fruit that grows on a tree.|It can be red, green or yellow.|In the middle there are \
small brown seeds.
a banana|A banana is a long yellow fruit.|It grows in warm countries.|It has a thick peel that you do not eat.
a strawberry|A strawberry is a soft red fruit.|It grows close to the ground.|It has tiny seeds on its outside.
an orange|An orange is a round, juicy fruit.|It grows on trees in warm countries.|You can make juice from it.
a carrot|A carrot is a root that we can eat.|It grows under the ground.|Most of them are orange.|Rabbits and horses \
like it, too.
a potato|A potato is a vegetable that grows under the ground.|You can boil it, bake it or fry it.|You should not eat \
it raw.
a tomato|A tomato is a juicy fruit that we eat as a vegetable.|Most of them are red when they are ripe.|You can make \
sauce from it.
a pumpkin|A pumpkin is a big fruit that is often orange.|It grows on the ground.|You can make soup or pie from it.
soup|Soup is a warm food that you eat with a spoon.|You can cook it from vegetables, noodles or many other things.|It \
feels good on a cold day.
salt|Salt makes food taste better.|It comes from the sea or from under the ground.|Too much of it is not healthy.
sugar|Sugar makes food sweet.|It is made from sugar cane or sugar beets.|Too much of it is bad for your teeth.
chocolate|Chocolate is made from the beans of the cocoa tree.|The cocoa tree grows in warm countries.|It melts when \
it gets warm.
water|Water is a clear liquid without any taste.|All people, animals and plants need it.|It can turn to ice or to \
steam.|It falls from the sky as rain.
fire|Fire gives light and heat.|It needs air and something that can burn.|It can be very dangerous, so children \
should never play with it.
a shadow|A shadow is a dark shape that appears where something blocks the light.|It is long in the morning and in the \
evening.|It moves when you move.
a mirror|A mirror is a smooth glass that shows you your own picture.|It throws the light back.|In it, left and right \
seem to change places.
a magnet|A magnet is a thing that pulls iron.|It has two ends that are called poles.|Two poles of the same kind push \
each other away.|There is one in every compass.
a wheel|A wheel is a round thing that turns.|It makes it easy to move heavy things.|Cars, bicycles and trains have them.
a clock|A clock shows us the time.|It often has a short hand for the hours and a long hand for the minutes.|Some of \
them say tick, tock.
a book|A book has many pages with words or pictures.|You can learn from it or enjoy a story.|You can borrow one from \
a library.
a letter|A letter is a message on paper.|You put it into an envelope and write the address on it.|It needs a stamp, \
and then the post brings it.
a bicycle|A bicycle has two wheels and pedals.|You make it go with your feet.|You should wear a helmet when you ride it.
a boat|A boat carries people over the water.|It may have a sail, oars or a motor.|It floats because it pushes water \
away.
a train|A train runs on rails.|It can pull many cars full of people or goods.|It stops at stations.
an airplane|An airplane is a machine that can fly.|Its wings hold it up in the air.|It can bring people to faraway \
countries in a few hours.
a bridge|A bridge leads over a river, a road or a valley.|It can be made of wood, stone or steel.|People, cars or \
trains can cross it.
a house|A house is a building in which people live.|It has walls, a roof, doors and windows.|It keeps out rain and cold.
a lighthouse|A lighthouse is a tower with a strong light near the sea.|At night it shows ships where the coast \
is.|Long ago, a keeper lived in many of them.
a school|A school is a place where children learn.|There they learn to read, to write and to count.|Many children \
find friends there.
a library|A library is a house full of books.|You can borrow books and bring them back later.|It is a quiet place.
a museum|A museum is a place where you can look at special things.|It may show paintings, old tools or bones of \
dinosaurs.|You should not touch the things there.
a farm|A farm is a place where people grow food.|Many of them have cows, pigs or chickens.|There is a lot of work \
there, from morning to evening.
a market|A market is a place where people buy and sell things.|You can find fruit, vegetables, flowers and bread \
there.|Many of them are in the open air.
a doctor|A doctor helps people who are ill or hurt.|A doctor can listen to your heart and look into your \
throat.|Sometimes you get medicine.
a nurse|A nurse takes care of people who are ill.|Many nurses work in hospitals.|Some work at night, too.
a farmer|A farmer grows plants for food or keeps animals.|Farmers get up early in the morning.|Many of them drive \
tractors.
a baker|A baker makes bread, rolls and cakes.|Bakers often start to work when it is still night.|A bakery smells \
wonderful.
a teacher|A teacher helps others to learn.|Teachers work in schools.|A good one is patient and explains things well.
a firefighter|A firefighter puts out fires and saves people.|Firefighters drive red trucks with ladders in many \
countries.|They wear special clothes and helmets.
a sailor|A sailor works on a ship.|Sailors can find their way with maps and a compass.|Some are at sea for many weeks.
an astronaut|An astronaut is a person who travels into space.|In space astronauts float, because they do not feel \
their weight there.|They wear special suits outside of the spaceship.
a carpenter|A carpenter makes things from wood.|Carpenters use hammers, saws and nails.|They can build tables, chairs \
and roofs.
a gardener|A gardener takes care of plants.|Gardeners water the plants and pull out the weeds.|They know when to \
plant and when to wait.
a postman|A postman brings letters and parcels to people.|He reads the address to find the right house.|He works in \
every kind of weather.
a friend|A friend is somebody who likes you and whom you can trust.|Friends help each other.|Friends can quarrel and \
make up again.
a family|A family is a group of people who belong together and care for each other.|It can be big or small.|Parents, \
children and grandparents can belong to it.
a birthday|A birthday is the day on which somebody was born.|It comes once a year.|Many people celebrate it with a \
cake and presents.
a dream|A dream is like a story that happens in your head while you sleep.|Often we forget it in the morning.|Some \
are funny, and some are scary, but they are not real.
sleep|Sleep is the time when our body and our head rest.|Children need more of it than adults.|It helps us to grow \
and to learn.
a tooth|A tooth is a hard white part in your mouth.|You need your teeth to bite and to chew.|Children lose their \
first teeth, and new ones grow.|You should brush your teeth every day.
the heart|The heart is a strong muscle in your chest.|It pumps blood through your body.|It beats day and night.|It \
beats faster when you run.
a bone|A bone is a hard part inside the body.|All our bones together are called the skeleton.|A broken one can grow \
together again.
the brain|The brain is in your head, well protected by bones.|You think, feel and remember with it.|It tells your \
body what to do.
the skin|The skin covers your whole body.|You can feel warm and cold with it.|It heals when you have a small cut.
the eyes|The eyes are the part of the body with which we see.|Tears keep them clean.|We blink many times every minute.
the ears|The ears are the part of the body with which we hear.|They also help us to keep our balance.|Very loud noise \
can hurt them.
hair|Hair grows on our head and on other parts of the body.|It can be straight or curly.|It does not hurt when it is \
cut.
tears|Tears are drops of salty water that come from our eyes.|We cry when we are sad, and sometimes when we are very \
happy.|They keep the eyes clean.
a smile|A smile shows that somebody is happy or friendly.|It is understood all over the world.|When you give one, you \
often get one back.
music|Music is made of sounds that are nice to hear.|You can sing it or play it on an instrument.|It can make us \
happy, sad or calm.
a song|A song is a piece of music with words.|You can sing it alone or together with others.|A lullaby is one that \
helps children to sleep.
a drum|A drum is an instrument that you hit with your hands or with sticks.|It gives the beat.|It is one of the \
oldest instruments.
a piano|A piano is an instrument with black and white keys.|When you press a key, a small hammer hits a string.|You \
play it with both hands.
paper|Paper is made mostly from wood.|You can write, draw or print on it.|Old paper can be made into new paper.
glass|Glass is made from sand that is melted in great heat.|You can see through it.|It breaks easily.
wood|Wood comes from trees.|People make chairs, tables and houses from it.|It floats on water.
gold|Gold is a yellow, shiny metal.|It does not rust.|Rings and coins are made from it.
sand|Sand is made of tiny grains of rock and shells.|You find it at the beach and in many deserts.|You can build \
castles with it when it is wet.
a stone|A stone is a hard piece of rock.|In rivers stones become round and smooth.|People build houses and walls with \
them.
a star|A star is a huge ball of very hot gas.|It is so far away that it looks tiny.|The sun is one, too.
the Earth|The Earth is the planet on which we live.|It is round like a ball.|It goes around the sun once a year.|Most \
of it is covered with water.
the night|The night is the time when our side of the Earth is turned away from the sun.|Then it is dark, and most \
people sleep.|Owls, bats and hedgehogs are awake then.
summer|Summer is the warmest season of the year.|The days are long then.|Many fruits get ripe, and people like to swim.
winter|Winter is the coldest season of the year.|The days are short then.|In many places there is snow.|Some animals \
sleep all through it.
spring|Spring is the season after winter.|Flowers begin to bloom, and the trees get new leaves.|Many baby animals are \
born then.|Birds build their nests.
autumn|Autumn is the season after summer.|The leaves turn yellow, red and brown.|Apples and pumpkins are ripe \
then.|Many birds fly to warmer countries.
a robot|A robot is a machine that can do things by itself.|People tell it what to do.|Some of them build cars, and \
some clean the floor.
a kite|A kite is a light toy that flies in the wind.|You hold it by a long string.|It needs wind to fly.
an umbrella|An umbrella keeps you dry when it rains.|You can open it and close it.|A strong wind can turn it inside out.
a map|A map is a picture of a place as seen from above.|It helps you to find your way.|It can show streets, rivers \
and mountains.
a compass|A compass shows you where north is.|Its needle is a small magnet.|Sailors use it to find their way.
a telescope|A telescope makes faraway things look closer.|With it you can see the mountains of the moon.|People use \
it to look at the stars.
a candle|A candle is made of wax and has a wick in the middle.|It gives a soft light.|You must never leave a burning \
one alone.
a key|A key opens and closes a lock.|Every lock needs its own.|You should keep it in a safe place.
soap|Soap helps to wash away dirt.|You can make bubbles with it.|You should wash your hands with it before you eat.
a pillow|A pillow is soft, and you put your head on it when you sleep.|It can be filled with feathers or with other \
soft things.
a bakery|A bakery is a place where bread and cakes are made and sold.|The ovens there are very hot.|It smells good in \
there.
a hospital|A hospital is a place where people who are ill or hurt get help.|Doctors and nurses work there.|Many \
babies are born there.
a garden|A garden is a place where people grow flowers, fruit or vegetables.|Bees, birds and butterflies like to \
visit it.|It needs care all year.
"""
