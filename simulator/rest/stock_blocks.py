"""The blocks of fictional numbers that the simulated Twilio has in stock.

Every block lies in a range that its country reserves for fiction, so that no number can belong to anybody:
+1 NPA 555 01xx; https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama (GB);
https://www.acma.gov.au/phone-numbers-use-tv-shows-films-and-creative-works (AU); Bundesnetzagentur's
"Rufnummern für Medienproduktionen" (DE). Which country has which type, and which papers a number needs, follows
Twilio's habits but is a selection; it changes often at Twilio.
"""

from typing import NamedTuple

LOCAL = "local"
TOLL_FREE = "toll_free"
MOBILE = "mobile"
COUNTRIES = {
    "AU": "Australia",
    "CA": "Canada",
    "DE": "Germany",
    "GB": "United Kingdom",
    "US": "United States",
}


class Place(NamedTuple):
    """Where a number is; Twilio knows most of it in North America only."""

    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    lata: str | None = None
    latitude: str | None = None
    longitude: str | None = None


class Block(NamedTuple):
    """Numbers in a row: ``prefix`` and a count from ``first`` on, written with ``digits`` digits."""

    iso_country: str
    number_type: str
    prefix: str
    digits: int
    size: int
    place: Place = Place()
    address_requirements: str = "none"
    needs_bundle: bool = False
    first: int = 0


BLOCKS = (
    Block("US", LOCAL, "+141555501", 2, 50, Place("San Francisco", "CA", "94105", "722", "37.774900", "-122.419400")),
    Block("US", LOCAL, "+151055501", 2, 50, Place("Oakland", "CA", "94601", "722", "37.804400", "-122.271100")),
    Block("US", LOCAL, "+121355501", 2, 50, Place("Los Angeles", "CA", "90012", "730", "34.052200", "-118.243700")),
    Block("US", LOCAL, "+120655501", 2, 50, Place("Seattle", "WA", "98101", "674", "47.606200", "-122.332100")),
    Block("US", LOCAL, "+131255501", 2, 50, Place("Chicago", "IL", "60601", "358", "41.878100", "-87.629800")),
    Block("US", LOCAL, "+151255501", 2, 50, Place("Austin", "TX", "78701", "558", "30.267200", "-97.743100")),
    Block("US", LOCAL, "+161755501", 2, 50, Place("Boston", "MA", "02108", "128", "42.360100", "-71.058900")),
    # New York is scarce, as it is at Twilio: two numbers, so that an area code can run out.
    Block("US", LOCAL, "+121255501", 2, 2, Place("New York", "NY", "10001", "132", "40.712800", "-74.006000")),
    Block("US", TOLL_FREE, "+180055501", 2, 50),
    Block("CA", LOCAL, "+141655501", 2, 50, Place("Toronto", "ON", "M5H", "888", "43.653200", "-79.383200")),
    Block("CA", LOCAL, "+151455501", 2, 50, Place("Montreal", "QC", "H2Y", "888", "45.501700", "-73.567300")),
    Block("CA", LOCAL, "+160455501", 2, 50, Place("Vancouver", "BC", "V6B", "888", "49.282700", "-123.120700")),
    Block("GB", LOCAL, "+442079460", 3, 20, Place("London"), address_requirements="any"),
    Block("GB", MOBILE, "+447700900", 3, 20, needs_bundle=True),
    Block("GB", TOLL_FREE, "+44808157", 4, 10),
    Block("AU", LOCAL, "+6125550", 4, 20, Place("Sydney"), address_requirements="local"),
    Block("AU", MOBILE, "+6149157015", 1, 4, address_requirements="any", needs_bundle=True, first=6),
    Block("DE", LOCAL, "+493023125", 3, 20, Place("Berlin"), address_requirements="local", needs_bundle=True),
    Block("DE", LOCAL, "+496990009", 3, 20, Place("Frankfurt am Main"), "local", needs_bundle=True),
)
