"""Numbers and names of a claim that do not stand in a text, however they are written."""

import pytest

from query.citing.numbers_and_names import (
    KnownText,
    names_missing,
    names_of,
    numbers_missing,
    numbers_of,
)


def missing_numbers(claim: str, text: str) -> list[str]:
    known = KnownText.read_all([text], [])
    return [number.text for number in numbers_missing(numbers_of(claim), known)]


def missing_names(claim: str, text: str) -> list[str]:
    known = KnownText.read_all([text], [claim])
    return [" ".join(name) for name in names_missing(names_of(claim), known)]


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("lost 500,000 soldiers", "some 500 thousand men"),
        ("lost 500 thousand soldiers", "500000 men"),
        ("lost 500 000 soldiers", "500.000 men"),
        ("lost 500,000 soldiers", "five hundred thousand men"),
        ("paid $3.5 million", "3,500,000 dollars"),
        ("paid 5bn", "five billion"),
        ("paid 5 billion", "$5bn"),
        ("4.5 percent", "4,5 %"),
        ("87 percent", "87%"),
        ("twenty-five men", "25 men"),
        ("25 men", "twenty five men"),
        ("206,000", "two hundred and six thousand"),
        ("two attempts", "both attempts"),
        ("three attempts", "the first, the second and the third"),
        ("in 2022-23", "from 2022 to 2023"),
        ("from 2022 to 2023", "in 2022–23"),
        ("in the 1990s", "since 1990"),
        ("on October 7th", "on October 7"),
        ("a dozen, or 12", "a dozen"),
        ("10 m long", "10 metres"),
        ("the C3 position", "a position"),
        ("1. The war goes on", "war"),
        ("- (2) The war goes on", "war"),
        ("one man with zero doubts", "a man"),
        ("some 1,00,000 rupees", "100000 rupees"),
        ("Each day 5 - 10 wagons came", "5 to 10 wagons"),
        ("on 3 April 1643", "on 1643-04-03"),
        ("on April 3, 1643", "on 04/03/1643"),
        ("on 1643-04-03", "on 3 April 1643"),
        ("on 3.4.1643", "1643: it was the 3rd of Apr."),
        ("on 04/03/1643", "on 4 March 1643"),
        ("on 04/03/1643", "on 1643-04-03"),
        ("the 21st attempt", "the twenty-first attempt"),
        ("the twenty-first attempt", "the 21st attempt"),
        ("on 1st May", "the first of May"),
        ("500,000 men", "half a million men"),
        ("half a million men", "500,000 men"),
        ("250,000 men", "a quarter of a million"),
        ("in the 1990s", "in 1993"),
        ("in the ’90s", "in 1993"),
        ("in the 17th century", "in 1643"),
        ("in the 17th century", "in the 1600s"),
        ("in the 1600s", "in the seventeenth century"),
        ("the 21st century", "since 2023"),
    ],
)
def test_a_number_stands_however_it_is_written(claim: str, text: str) -> None:
    assert missing_numbers(claim, text) == []


@pytest.mark.parametrize(
    ("claim", "text", "missing"),
    [
        ("lost 500,000 soldiers", "500 soldiers and 5,000 tanks", ["500,000"]),
        ("lost 5 million", "5 men", ["5 million"]),
        ("lost 500,000 in 2023", "in 2022", ["500,000", "2023"]),
        ("Two of twenty-five", "three of 25", ["Two"]),
        ("87.5 percent", "87 percent", ["87.5"]),
        ("1. In 1953", "1. In 1954", ["1953"]),
        ("on May 7 at 7", "in May", ["7", "7"]),
        ("three hundred men", "three men", ["three hundred"]),
        ("F-16 fighters", "Patriots", ["16"]),
        ("in 2022-23", "in 2022", ["2023"]),
        ("The siege (which lasted 99) killed many", "men", ["99"]),
        ("The siege of 3) and 99) killed many", "men", ["3", "99"]),
        ("He resigned in 2004", "on 2023-04-05", ["2004"]),
        ("He resigned in 2004", "in 2023-04", ["2004"]),
        ("on 1643-04-03 and 1643-05-03", "on 3 April 1643", ["1643-05-03"]),
        ("on 13/03/1643", "on 3 March 1643", ["13/03/1643"]),
        ("in the 1990s", "in 1989", ["1990s"]),
        ("in the 17th century", "in 1843", ["17th"]),
        ("half a million", "half a billion", ["half a million"]),
        ("the twenty-first", "the 22nd", ["twenty-first"]),
    ],
)
def test_a_number_that_does_not_stand_is_told_as_it_is_written(
    claim: str, text: str, missing: list[str]
) -> None:
    assert missing_numbers(claim, text) == missing


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("It was Syria", "Syrian troops"),
        ("the Syrian troops", "in Syria"),
        ("He left the United Nations", "the UN left"),
        ("He left the UN", "the United Nations left"),
        ("in Russia’s cities", "Russia"),
        ("It says “Big Thing” and 'Small Things'", "nothing"),
        ("Biden", "the first word has a capital anyway"),
        ("In it I saw The Thing", "a thing"),
        ("He left in April", "2023-04-05"),
        ("He left in May", "05/12/2023"),
    ],
)
def test_a_name_stands_in_another_form(claim: str, text: str) -> None:
    assert missing_names(claim, text) == []


@pytest.mark.parametrize(
    ("claim", "missing"),
    [
        ("It was Joe Biden who came", ["Joe Biden"]),
        ("It was Emmanuel Macron, and Oregon", ["Emmanuel", "Oregon"]),
        ("They met at Crocus City Mall", ["Crocus City Mall"]),
        ("It was NATO", ["NATO"]),
    ],
)
def test_a_name_that_does_not_stand_is_told(claim: str, missing: list[str]) -> None:
    assert missing_names(claim, "Macron came to a hall in Moscow.") == missing


def test_long_claims_cost_no_more_than_they_are_long() -> None:
    hundreds = "one hundred " + "hundred " * 20_000
    assert missing_numbers(hundreds, "one") != []
    assert len(missing_names("it was " + "Ab Cd, " * 5000, "nobody")) == 5000


def test_a_month_of_another_date_is_missing() -> None:
    assert missing_names("He left in April", "on 2023-05-05") == ["April"]
