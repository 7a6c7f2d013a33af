"""Invented names, and words for what is in parcels. Plenty of each, so that hundreds of tasks differ."""

from __future__ import annotations

HOME = "Averland"
"""The country that the courier works in."""

ABROAD = ("Norvia", "Ostmark Isles", "Tellune", "Caradia", "Brevonia", "Lusania")

FIRST = (
    "Ada", "Anton", "Bela", "Carla", "Casimir", "Dalia", "Dorian", "Edda", "Emil", "Fenna", "Finn", "Gita", "Gregor",
    "Hanna", "Hugo", "Ilse", "Ivo", "Jonna", "Julius", "Katya", "Kemal", "Lena", "Luca", "Mara", "Milo", "Nadia",
    "Nils", "Odile", "Oskar", "Petra", "Quentin", "Rana", "Rolf", "Selma", "Simon", "Tilda", "Tomas", "Ursa", "Viktor",
    "Wanda", "Yusuf", "Zora",
)  # fmt: skip
LAST = (
    "Abel", "Ardent", "Baum", "Brandt", "Castel", "Corvin", "Dahl", "Draper", "Eklund", "Farrow", "Fontaine", "Gallo",
    "Greaves", "Halden", "Holm", "Ibsen", "Jansen", "Kessler", "Koval", "Lindqvist", "Lund", "Marsh", "Mendel", "Novak",
    "Okoro", "Orlan", "Pereira", "Quist", "Rao", "Rossi", "Sand", "Serrano", "Tamm", "Thorne", "Ulmer", "Varga",
    "Voss", "Weller", "Yilmaz", "Zander",
)  # fmt: skip
SHOPS = (
    "Larkspur & Co", "Fennel & Sons", "Northlight Trading", "Pebble House", "Harrow Outlet", "Juniper Direct",
    "Copperleaf Stores", "Tidewater Goods", "Mallow Market", "Bluebell & Daughters", "Ironwood Supply",
    "Saffron Bazaar", "Quillpost", "Alder Brothers", "Hollyhock Home", "Brightwater Online", "Moss & Stone",
    "Sparrow Mail Order", "Velvet Trading", "Oakline", "Drumlin Depot", "Thistle & Thread", "Amber Emporium",
    "Windrose Imports", "Clover Goods", "Silverbirch Shop", "Marigold House", "Rookery Market", "Cobalt Direct",
    "Foxglove & Friends", "Lantern Lane", "Orchard Bazaar", "Peregrine Goods", "Stonecrop Stores", "Tamarack",
    "Wicker & Reed",
)  # fmt: skip
CONTENTS = (
    "a pair of boots", "a desk lamp", "a set of knives", "two novels", "a winter coat", "a box of tea", "a board game",
    "a camera lens", "a bread tin", "garden seeds", "a wall clock", "a wool blanket", "a bicycle bell", "a tripod",
    "a chess set", "curtain fabric", "a fountain pen", "a road atlas", "running shoes", "a cake stand", "a toolbox",
    "a picture frame", "a pair of glasses", "a violin bow", "coffee beans", "a dog lead", "a puzzle", "a soup bowl",
    "a raincoat", "a yoga mat", "a headlamp", "a kettle", "a set of brushes", "a teapot", "a leather bag", "a radio",
    "bed linen", "a jar of honey", "a sun hat", "a hand mixer", "a spirit level", "a music stand", "a sleeping bag",
    "a phone case", "a silk scarf", "a bird feeder", "a model train", "a diary", "a mirror", "a bath towel",
)  # fmt: skip
STREETS = (
    "Elm Lane", "Harbour Street", "Mill Road", "Chapel Hill", "Orchard Way", "Station Road", "Quarry Lane",
    "Linden Avenue", "Bridge Street", "Meadow Close", "Kiln Road", "Abbey Street", "Foundry Lane", "Rose Terrace",
    "Canal Walk", "Beacon Hill", "Hazel Grove", "Tanner Street", "Weir Road", "Poplar Drive", "Saddler Row",
    "Castle Street", "Fern Close", "Ropewalk", "Granary Lane", "Sycamore Road", "Vine Street", "Willow Bank",
    "Cooper Street", "Heron Way",
)  # fmt: skip
TOWNS = (
    "Corvale", "Aldmere", "Brinsford", "Dunholt", "Easterby", "Farrowick", "Glenmoor", "Hartsby", "Ingleton Quay",
    "Kestrel Bay", "Lowen", "Marrick", "Nethercombe", "Oxley", "Penhallow", "Ravensworth", "Saltmarsh", "Thornbury End",
)  # fmt: skip
DEPOTS = (
    "Corvale North", "Aldmere Docks", "Brinsford Park", "Dunholt Central", "Hartsby Junction", "Lowen East",
    "Marrick Hub", "Oxley Gate", "Ravensworth South", "Saltmarsh West",
)  # fmt: skip
POINTS = (
    "Tulip Kiosk", "Corner Bakery", "Riverside Garage", "Green Grocer", "Old Post House", "Park Pharmacy",
    "Station Newsagent", "Bluebird Cafe", "Market Hall Desk", "Swan Laundry", "Hilltop Store", "Dockside Tobacconist",
    "Chestnut Florist", "Crown Hardware Shop", "Sunrise Minimart", "Beacon Bookshop",
)  # fmt: skip
PLACES = (
    "in the garden shed", "behind the green gate", "under the back porch", "in the bicycle store", "in the greenhouse",
    "on the covered balcony", "in the log store", "behind the water butt", "in the box by the door", "in the carport",
    "under the garden bench", "in the boiler room",
)  # fmt: skip
DOORS = ("red", "green", "blue", "white", "black", "yellow", "brown", "grey")
DAMAGE = (
    "a torn box", "a crushed corner", "a wet side", "a split lid", "a broken bottom", "a large hole in its side",
    "a dented top", "open seams",
)  # fmt: skip
