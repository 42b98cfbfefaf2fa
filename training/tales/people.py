"""Who the tales are about: kinds of heroes with their homes, ways to move and pronouns, and their names."""

BOYS = """Arlo Ben Bruno Carl Dan Elias Felix Finn Fred Gus Hugo Isaac Jack Jamal Jonas Kai Leo Lucas Max
Milo Nico Noah Oliver
Omar Oscar Otto Paul Pip Ravi Remy Rufus Sam Sami Simon Theo Tim Toby Tom Viktor Will Yuri Zack Barnaby Basil Chester \
Dexter
Archie Alfie Barney Benny Casper Charlie Cosmo Ezra Frank George Henry Igor Jasper Jim Joey Kofi Louis Marco Ned Olaf \
Percy
Peter Quinn Rocco Stanley Teddy Vincent Wally""".split()
GIRLS = """Ada Alma Amy Anna Asha Bella Bessie Cara Chloe Clara Daisy Dana Dora Ella Emma Eva Fay Flora Freya
Gina Grace Hana
Hazel Holly Ida Ivy Jada Josie June Juno Kira Kitty Lena Lila Lily Lola Lucy Luna Mabel Maya Mei Mia Mina Molly Nadia \
Nina
Nora Olive Pearl Penny Pia Polly Poppy Rosa Rosie Ruby Sally Sara Sofia Stella Sunny Tara Tilda Tess Trixie Uma Vera \
Wanda
Willa Winnie Yara Yuki Zara Zoe""".split()
ROBOTS = "Bix Dot Zip Bolt Tik Pim Beep Rusty Gizmo Nut Zap Blip Chip Pixel Tinny Robo Spark Cog Widget Momo".split()
PRONOUNS = {"he": ("he", "him", "his", "himself"), "she": ("she", "her", "her", "herself"), "it": ("it", "it",
"its", "itself")}
SIZES = ["little", "small", "young"]
TRAITS = ["brave", "shy", "curious", "cheerful", "gentle", "clever", "kind", "quiet", "playful", "friendly",
"dreamy", "lively",
          "funny", "careful", "stubborn", "honest"]

# kind, worlds, home, bed, hand, move, moved, food, feature, tags
ANIMALS = [
    ("fox", "forest", "den", "bed of dry leaves", "paw", "run", "ran", "blackberries", "a bushy red tail", "walk"),
    ("rabbit", "forest meadow", "burrow", "bed of soft grass", "paw", "hop", "hopped", "carrots", "long soft ears",
     "walk small"),
    ("hedgehog", "forest meadow", "nest of leaves", "bed of dry leaves", "paw", "run", "ran", "apples",
     "a coat of prickles", "walk small"),
    ("mouse", "forest meadow farm", "cosy hole", "bed of moss", "paw", "run", "ran", "seeds", "tiny round ears",
     "walk small"),
    ("squirrel", "forest", "nest high in a tree", "bed of moss", "paw", "jump", "jumped", "nuts",
     "a long fluffy tail", "walk small climb"),
    ("bear cub", "forest", "cave", "bed of moss", "paw", "run", "ran", "honey", "thick brown fur", "walk big baby"),
    ("badger", "forest", "den", "bed of dry grass", "paw", "run", "ran", "sweet roots", "a black and white face",
     "walk"),
    ("deer", "forest", "bed under the fir trees", "bed of soft grass", "hoof", "run", "ran", "young leaves",
     "white spots on the back", "walk hoof"),
    ("raccoon", "forest", "hollow tree", "bed of leaves", "paw", "run", "ran", "berries", "a striped tail",
     "walk climb"),
    ("mole", "meadow forest", "tunnel", "bed of soft earth", "paw", "run", "ran", "sweet roots", "soft black fur",
     "walk small"),
    ("tortoise", "meadow", "home under the hedge", "bed of soft grass", "foot", "crawl", "crawled", "lettuce",
     "a round brown shell", "walk slow"),
    ("otter", "river", "den in the river bank", "bed of reeds", "paw", "run", "ran", "fresh fish",
     "a shiny brown coat", "walk swim"),
    ("beaver", "river", "house of sticks", "bed of wood chips", "paw", "run", "ran", "tasty bark",
     "a big flat tail", "walk swim"),
    ("frog", "river", "home among the reeds", "bed under a lily leaf", "foot", "hop", "hopped", "juicy worms",
     "big round eyes", "walk swim small"),
    ("duckling", "river farm", "nest", "warm nest", "wing", "waddle", "waddled", "sweet corn",
     "soft yellow feathers", "walk swim small baby"),
    ("lamb", "farm", "stable", "bed of straw", "hoof", "run", "ran", "fresh clover", "soft white wool",
     "walk hoof baby"),
    ("piglet", "farm", "sty", "bed of straw", "hoof", "run", "ran", "potatoes", "a curly pink tail", "walk hoof baby"),
    ("puppy", "farm", "basket", "basket by the door", "paw", "run", "ran", "biscuits", "one white ear", "walk baby"),
    ("kitten", "farm", "basket", "basket by the stove", "paw", "run", "ran", "warm milk", "soft grey fur",
     "walk climb baby"),
    ("pony", "farm", "stable", "bed of straw", "hoof", "trot", "trotted", "crunchy apples", "a long golden mane",
     "walk hoof big"),
    ("goat", "farm", "shed", "bed of straw", "hoof", "run", "ran", "fresh hay", "a funny white beard", "walk hoof"),
    ("donkey", "farm", "stable", "bed of straw", "hoof", "trot", "trotted", "crunchy carrots", "very long ears",
     "walk hoof big"),
    ("chick", "farm", "nest", "warm nest", "wing", "run", "ran", "yellow corn", "soft yellow feathers",
     "walk small baby"),
    ("elephant", "savanna", "place under the trees", "bed of dry grass", "trunk", "run", "ran", "sweet bananas",
     "big soft ears", "walk big"),
    ("lion cub", "savanna", "den", "bed of dry grass", "paw", "run", "ran", "cool water melon", "soft golden fur",
     "walk baby"),
    ("zebra", "savanna", "place in the grass", "bed of dry grass", "hoof", "run", "ran", "sweet grass",
     "black and white stripes", "walk hoof big"),
    ("giraffe", "savanna", "place under the trees", "bed of dry grass", "hoof", "run", "ran", "young leaves",
     "a very long neck", "walk hoof big"),
    ("monkey", "savanna", "nest in a tree", "bed of leaves", "hand", "jump", "jumped", "sweet bananas",
     "a long curly tail", "walk climb"),
    ("meerkat", "savanna", "burrow", "bed of sand", "paw", "run", "ran", "melon seeds", "big dark eyes", "walk small"),
    ("penguin", "snow", "nest of stones", "place on the ice", "wing", "waddle", "waddled", "fresh fish",
     "a white belly", "walk swim ice"),
    ("polar bear cub", "snow", "snow cave", "bed of soft snow", "paw", "run", "ran", "fresh fish", "snow-white fur",
     "walk swim baby ice"),
    ("reindeer", "snow", "place by the rocks", "bed of moss", "hoof", "run", "ran", "green moss",
     "small brown antlers", "walk hoof ice"),
    ("arctic fox", "snow", "den", "bed of soft snow", "paw", "run", "ran", "cloudberries", "a fluffy white tail",
     "walk ice"),
    ("owl", "forest", "hollow tree", "warm nest", "wing", "fly", "flew", "berries", "big yellow eyes", "fly"),
    ("robin", "forest meadow", "nest", "warm nest", "wing", "fly", "flew", "red berries", "a bright red chest",
     "fly small"),
    ("sparrow", "meadow farm", "nest", "warm nest", "wing", "fly", "flew", "crumbs", "soft brown feathers",
     "fly small"),
    ("crow", "forest farm", "nest", "warm nest", "wing", "fly", "flew", "nuts", "shiny black feathers", "fly"),
    ("fish", "reef", "home among the corals", "bed of sea grass", "fin", "swim", "swam", "sea grass",
     "shiny orange scales", "sea small"),
    ("dolphin", "reef", "quiet bay", "place near the rocks", "fin", "swim", "swam", "sea grass soup",
     "a friendly smile", "sea big"),
    ("octopus", "reef", "cave", "bed of soft sand", "arm", "swim", "swam", "sea grass cakes", "eight long arms", "sea"),
    ("seahorse", "reef", "home in the sea grass", "bed of sea grass", "fin", "swim", "swam", "tiny sea snacks",
     "a curly tail", "sea small"),
    ("crab", "reef", "hole in the sand", "bed of soft sand", "claw", "walk sideways", "walked sideways",
     "sea grass", "two red claws", "sea small"),
    ("whale calf", "reef", "place beside the reef", "place near the rocks", "fin", "swim", "swam", "sea grass soup",
     "a big grey back", "sea big baby"),
]
CHILD_WORLDS = "village city seaside farm"
CHILD_FEATURES = ["curly brown hair", "two long braids", "a gap between two teeth", "red rubber boots",
"freckles on the nose",
                  "a striped cap", "big round glasses", "a yellow raincoat", "dark eyes and a big smile",
                  "short black hair"]
CHILD_FOODS = ["pancakes", "warm bread with honey", "apple cake", "vegetable soup", "strawberries",
"cheese sandwiches", "cookies",
               "cherry pie", "noodles", "hot chocolate"]
TOYS = [("teddy bear", "walk", "walked", "soft brown fur"), ("wooden soldier", "march", "marched", "a red coat"),
        ("rag doll", "walk", "walked", "hair of yellow wool"), ("toy rabbit", "hop", "hopped",
         "one ear longer than the other"),
        ("wooden horse", "trot", "trotted", "a white mane"), ("toy elephant", "walk", "walked", "buttons for eyes"),
        ("tin monkey", "jump", "jumped", "a tiny red hat"), ("knitted dog", "run", "ran", "a tail of blue wool")]
ROBOT_FEATURES = ["two round lamps for eyes", "a shiny tin belly", "squeaky wheels", "a red light on its head"]
# Fairy folk and workers move and live like people.
FOLK = [("dragon", "dragon", "cave", "bed of warm stones", "roasted apples", "green wings and a long tail"),
        ("gnome", "gnome", "house under a mushroom", "bed of moss", "mushroom soup", "a pointed red hat"),
        ("troll", "troll", "house under a bridge", "bed of straw", "turnip soup", "big feet and a kind smile"),
        ("giant", "giant", "house on a hill", "very long bed", "pancakes", "the biggest boots in the land")]
WORKERS = [("baker", "bakery"), ("shoemaker", "workshop"), ("clockmaker", "workshop"), ("farmer", "farmhouse"),
           ("gardener", "garden house"), ("painter", "house full of colours"), ("tailor", "workshop"), ("miller",
            "mill"),
           ("carpenter", "workshop"), ("potter", "workshop")]
