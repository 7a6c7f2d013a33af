"""Invented people, titles and authors."""

from __future__ import annotations

FIRST = (
    "Abena", "Alric", "Amparo", "Anselm", "Bettina", "Bram", "Calla", "Casimir", "Dagny", "Davit", "Elspeth", "Emeka",
    "Farida", "Florian", "Greta", "Gwilym", "Hanneke", "Hiroshi", "Ilse", "Imran", "Jarmila", "Jonas", "Katya", "Kofi",
    "Leonie", "Lorcan", "Maren", "Mikhail", "Nadia", "Niall", "Oriel", "Oskar", "Petra", "Priya", "Quentin", "Rosalind",
    "Ruben", "Saskia", "Soren", "Tamsin", "Teodor", "Ulla", "Viggo", "Wilma", "Yusuf", "Zora",
)  # fmt: skip

LAST = (
    "Abernethy", "Adeyemi", "Balk", "Birdsall", "Castellan", "Corrigan", "Dahlgren", "Drummond", "Eastlake", "Engström",
    "Farquhar", "Fenwick", "Galloway", "Gessner", "Halloran", "Hovland", "Inchbald", "Ivanov", "Jessop", "Juarez",
    "Kettering", "Kowal", "Lachlan", "Lindqvist", "Mbeki", "Moreau", "Nakata", "Norcross", "Okonjo", "Ormond",
    "Pemberton", "Prasad", "Quayle", "Rautio", "Redfern", "Sandoval", "Sorley", "Tewari", "Thorne", "Umber", "Vasquez",
    "Verhoeven", "Whitlock", "Wray", "Yarrow", "Zeller",
)  # fmt: skip

AUTHORS = (
    "A. R. Penhallow", "Beatriz Colmenar", "Callum Drewry", "Dorrit Svane", "E. M. Oakshott", "Fionn Garrow",
    "Gisela Trautner", "Harun Bessel", "Ines Calloway", "Jocasta Reede", "Kwame Asare", "L. P. Tarrant", "Mira Voss",
    "Nils Ekdahl", "Odile Marchbanks", "Pavel Hrubin", "Rhona Lisle", "Sabine Achterberg", "Tobias Kerr",
    "Una Fairweather", "Valerio Sant", "Winifred Stroud", "Xenia Palliser", "Yorick Blane", "Zelda Arkwright",
    "Benedikt Faro", "Clemency Hale", "Dermot Quill", "Esi Boateng", "Frida Halvorsen",
)  # fmt: skip

TITLES = (
    ("The Salt Road", "the salt trade"), ("A Lantern for Marisol", "a miners' strike"),
    ("Seven Winters in Tarn", "mountain villages"), ("The Beekeeper's Ledger", "beekeeping"),
    ("Glass Harbour", "shipwrecks"), ("Letters to a Cartographer", "map making"),
    ("The Orchard Wall", "fruit growing"), ("Night Ferry to Oslund", "a smuggler's last voyage"),
    ("What the Tide Kept", "beachcombing"), ("Copper and Rain", "roof building"),
    ("The Clockmaker's Sister", "clocks"), ("Under Juniper Hill", "a lost farm"),
    ("The Quiet Foundry", "bell founding"), ("Nine Ways to Fold Paper", "paper folding"),
    ("A Field Guide to Ruins", "ruined castles"), ("The Lamplighter's Strike", "gas lighting"),
    ("Marsh Children", "growing up in the fens"), ("Silver Birch Lane", "a village murder"),
    ("The Understudy", "theatre life"), ("Bread Before Dawn", "baking"),
    ("The Weather Station", "arctic weather"), ("Songs from the Tollhouse", "ballads"),
    ("A Pocketful of Magpies", "birds"), ("The Hollow Mile", "long-distance running"),
    ("Ash Wednesday Market", "street markets"), ("The Violin Thief", "a stolen violin"),
    ("Kestrel Weather", "falconry"), ("The Ropewalk", "rope making"),
    ("Blue Slate", "quarrymen"), ("An Inventory of Snow", "snow crystals"),
    ("The Last Signal Box", "railways"), ("Two Aunts in Lisbon", "a journey by night train"),
    ("The Winter Almanac", "old weather lore"), ("Fathom Five Cottage", "a haunted cottage"),
    ("Tin Whistle Summer", "folk music"), ("The Moth Collector", "moths"),
    ("Rivers That Forgot", "drying rivers"), ("The Baker of Ansel Street", "a family quarrel"),
    ("Cold Iron Bridge", "bridge building"), ("The Garden at Low Water", "seaside gardens"),
    ("Postcards from Nowhere", "empty places"), ("The Twelfth Passenger", "a missing passenger"),
    ("Wool and Weld", "dye plants"), ("The Starling Year", "a year in the city"),
    ("Chalk Figures", "hill figures"), ("The Apothecary's Map", "healing herbs"),
    ("Mending Nets", "fishing towns"), ("The House with Two Stairs", "an inheritance"),
    ("Barley Moon", "harvest customs"), ("The Unlit Theatre", "a closed cinema"),
    ("A Short History of Buttons", "buttons"), ("The Heron Keeper", "wetlands"),
    ("Cinder Path", "a runner's comeback"), ("The Tea Ship", "the tea trade"),
    ("Where the Line Ends", "border towns"), ("The Puppet Maker", "puppets"),
    ("Thirty Knots", "sailors' knots"), ("The Ice Cutter's Daughter", "ice harvesting"),
    ("Orchids by Post", "orchids"), ("The Stone Boat", "an island legend"),
    ("Low Flying Geese", "migration"), ("The Map of Small Hours", "sleeplessness"),
    ("A Cupboard of Rain", "a grandmother's stories"), ("The Wax Museum Affair", "a museum robbery"),
    ("Peat and Honey", "island cooking"), ("The Tuning Fork", "piano tuners"),
    ("Hazel Country", "hedgerows"), ("The Lock Keeper", "canals"),
    ("Sixpence for the Owl", "owls"), ("The Painted Barge", "barge painting"),
    ("Foxes on the Common", "city foxes"), ("The Glover's Apprentice", "glove making"),
    ("Thistle and Drum", "marching bands"), ("The Long Allotment", "allotments"),
    ("Ink for the Queen", "a forged letter"), ("The Telegraph Boy", "the telegraph"),
    ("Skimming Stones", "a boyhood by a lake"), ("The Pear Tree Trial", "a court case"),
    ("Lighthouse Arithmetic", "lighthouses"), ("The Dancing Master", "court dances"),
    ("Granite Soup", "hard winters"), ("The Seventh Oar", "rowing"),
    ("A Ladder to the Attic", "old toys"), ("The Cheese Road", "cheese making"),
    ("Bells over Kirrin", "bell ringing"), ("The Forgotten Greenhouse", "glasshouses"),
    ("Plum Stone Prophecies", "fortune telling"), ("The Sailmaker's Needle", "sail making"),
    ("Quicksand Alley", "a city detective"), ("The Comet Watchers", "comets"),
    ("Paper Lanterns at Noon", "festivals"), ("The Pigeon Post", "carrier pigeons"),
    ("Nettle Cloth", "weaving"), ("The Widow's Windmill", "windmills"),
    ("Harvest of Kelp", "seaweed"), ("The Fiddler's Oath", "a village feud"),
)  # fmt: skip
"""Title and subject. A subject belongs to one title, and no title is part of another."""
