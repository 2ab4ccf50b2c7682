"""What the articles of the benchmarks say: words and sentences of our own, put together by number."""

from __future__ import annotations

TOPICS = (
    "Bells",
    "Boats",
    "Bridges",
    "Canals",
    "Ferries",
    "Fish",
    "Harbours",
    "Islands",
    "Kelp",
    "Lamps",
    "Lighthouses",
    "Maps",
    "Pilots",
    "Ropes",
    "Salt",
    "Sand",
    "Seals",
    "Storms",
    "Tides",
    "Weather",
)
"""Twenty labels, each as likely as any other."""

PROVIDERS = tuple(
    (name, f"{name.lower().replace(' ', '')}.example")
    for name in ("Harbour Post", "The Lock Keeper", "Estuary Review", "Halden Quay Herald", "Nine Kilometres", "The Tide Table", "Groyne")
)

_COLUMNS = (
    "Quiet Crooked Ancient Floating Stubborn Borrowed Hollow Northern Painted Rusted Singing Twelfth Careless Drowned Hidden Muddy",
    "lagoon pier turbine sluice breakwater ferry buoy seawall crane mudflat weather-vane dredger lighthouse customs-house slipway trawler",
    "outlives surprises forgets circles borrows answers measures delays buries repaints doubts charts hears follows wakes counts",
    "every no yesterday's our Monday's winter's half another nobody's that tomorrow's somebody's summer's one Sunday's their",
    "Halden Oxmouth Brinewell Tolver Saltash Quern Dunmere Wick Ebbing Larkhaven Norrie Pellow Starcross Uldale Varne Yarrow",
    "harbourmaster moon cartographer parliament orchestra grid inspector bakery observatory choir census auditor parade museum jury heron",
)
COLUMNS = tuple(tuple(column.split()) for column in _COLUMNS)
"""A title takes a word from each column. No two words of a column are a slip of the pen apart: else two stories would be taken for one."""

SENTENCES = (
    "Nine kilometres of sea wall and one seal stand between the moon and the grid.",
    "The last gate was closed on Thursday, an hour before the water came to look for it.",
    "Nobody on the quay would say who had signed for the second crane.",
    "The engineers had allowed for wind, ice and sabotage, but not for the choir.",
    "It is the third survey in as many years, and the first to be carried out by boat.",
    "A spokesman said that the lagoon had “performed within expectations”, which were low.",
    "What is left of the old lock has been moved to the museum, where it leaks.",
    "The harbour’s accounts show a surplus for the first time since the herring left.",
    "Each turbine turns twice a day in one direction and twice in the other.",
    "The council will vote on it in spring — or in autumn, if the tide is wrong.",
    "Fishermen had warned of the sandbank, and were now photographed standing on it.",
    "The report runs to four hundred pages, of which the map is the shortest.",
    "At low water you can walk to the island; at high water the island walks to you.",
    "Three lamps were lit, and the fourth was declared a listed building.",
    "The ferry will go on running until somebody finds the paper that says it stopped.",
    "According to the almanac, this could not have happened on a Tuesday.",
    "Salt gets into everything here: the hinges, the bread and the minutes of meetings.",
    "The pilots’ union asked for more light, and was sent a lighthouse.",
    "There is a word for such a current, but only the eels are old enough to use it.",
    "Its budget was approved in one sitting, and spent in another.",
    "The bells were rung by hand, since the clock had been lent to the fair.",
    "No one was hurt, though several people were quoted.",
    "A cable as thick as an arm now carries what the wind did not need.",
    "The heron has been coming to the inquiry since it opened.",
)


def title(number: int, seed: int) -> str:
    """Six words in which no other of sixteen million numbers is told."""
    # An odd factor runs through every remainder of a power of two once.
    rest = (number * 7_368_787 + seed) % (16 ** len(COLUMNS))
    chosen = []
    for column in COLUMNS:
        rest, place = divmod(rest, len(column))
        chosen.append(column[place])
    return " ".join(chosen)
