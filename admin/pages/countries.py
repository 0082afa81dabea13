"""The names of the countries that are offered when somebody searches for a number, by their code (ISO 3166).

A selection by how usual they are; which of them has numbers is Twilio's to say, and another one can be asked for in the
address. https://www.twilio.com/en-us/guidelines

Each has its flag in `static/vendor/`, from the same package as the style sheet; a number of another country shows its
letters. To add a country, add its flag from that package too.
"""

from admin.pages.guard import pages

COUNTRIES = {
    "US": "United States",
    "CA": "Canada",
    "AR": "Argentina",
    "AU": "Australia",
    "AT": "Austria",
    "BE": "Belgium",
    "BR": "Brazil",
    "BG": "Bulgaria",
    "CL": "Chile",
    "CO": "Colombia",
    "HR": "Croatia",
    "CY": "Cyprus",
    "CZ": "Czechia",
    "DK": "Denmark",
    "EE": "Estonia",
    "FI": "Finland",
    "FR": "France",
    "DE": "Germany",
    "GR": "Greece",
    "HK": "Hong Kong",
    "HU": "Hungary",
    "ID": "Indonesia",
    "IE": "Ireland",
    "IL": "Israel",
    "IT": "Italy",
    "JP": "Japan",
    "LV": "Latvia",
    "LT": "Lithuania",
    "LU": "Luxembourg",
    "MY": "Malaysia",
    "MX": "Mexico",
    "NL": "Netherlands",
    "NZ": "New Zealand",
    "NO": "Norway",
    "PA": "Panama",
    "PE": "Peru",
    "PH": "Philippines",
    "PL": "Poland",
    "PT": "Portugal",
    "PR": "Puerto Rico",
    "RO": "Romania",
    "SG": "Singapore",
    "SK": "Slovakia",
    "SI": "Slovenia",
    "ZA": "South Africa",
    "ES": "Spain",
    "SE": "Sweden",
    "CH": "Switzerland",
    "TW": "Taiwan",
    "TH": "Thailand",
    "GB": "United Kingdom",
}


@pages.app_template_filter("country_name")
def country_name(code: str | None) -> str | None:
    """Return the name of a country that has a flag here; None for no country and for any other."""
    return COUNTRIES.get(code or "")
