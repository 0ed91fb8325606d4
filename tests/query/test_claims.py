"""What sentences of an answer claim: refusals and talk of the answer claim nothing."""

from itertools import product

import pytest

from query.citing.claims import claim_of

SUBJECTS = [
    "The passages", "The provided passages", "These sources", "The sources given",
    "The context", "The given text", "The articles provided", "Passage 2", "The excerpts above",
]  # fmt: skip
DENIALS = [
    "do not say", "don't mention", "does not explicitly state", "do not specify", "never address",
    "cannot tell us", "do not contain any information about", "provide no details on",
    "lack information on", "do not yet say", "say nothing about", "are silent on",
]  # fmt: skip
NOBODY = ["None of the passages mentions", "No passage says", "Neither source specifies"]
TOPICS = [
    "",
    "that",
    "who won the war",
    "which side lost since 2022",
    "when Putin came to Moscow in 2019",
]
ENDS = [".", " [1].", " [1][2].", "!"]
LEADS = ["", "Unfortunately, ", "However, ", "I'm sorry, but ", "Based on the passages, "]


@pytest.mark.parametrize("lead", LEADS)
def test_who_does_not_tell_and_what_is_not_told_do_not_matter(lead: str) -> None:
    said = [f"{subject} {denial}" for subject, denial in product(SUBJECTS, DENIALS)]
    for start, topic, end in product([*said, *NOBODY], TOPICS, ENDS):
        sentence = f"{lead}{start} {topic}".rstrip() + end
        assert claim_of(sentence) == "", sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "I could not find any information on that in the passages.",
        "I couldn't find anything about it in the sources [1][2].",
        "I don't know.",
        "We do not have enough information to answer that.",
        "I was unable to find this in the excerpts.",
        "I cannot determine this from the given context [1].",
        "There is no information on casualties in the sources.",
        "There is not enough information to answer the question.",
        "No information is given in the passages about the losses.",
        "It is not stated in the passages whether he resigned.",
        "It is unclear from the sources who ordered it.",
        "The answer cannot be found in the passages.",
        "The question cannot be answered from the passages.",
        "This is not mentioned in the passages.",
        "Not stated in the passages.",
        "No information was found.",
        "No information about the losses was found.",
        "Unclear who won.",
        "Not enough details are given.",
        "There is no answer.",
        "Unknown.",
        "The documents do not mention it.",
        "The passages do not mention prices, dates or names.",
        "The passages do not say who won, or when it ended.",
        "The passages do not give dates and names.",
        "[1] and [2] do not say who won.",
    ],
)
def test_other_ways_to_refuse(sentence: str) -> None:
    assert claim_of(sentence) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "In summary:",
        "Here is what the passages say:",
        "Here is what the passages say about the ceasefire:",
        "Based on the passages, here are the main points:",
        "Based on the passages:",
        "Based on the passages, here is what is known about the ceasefire:",
        "## Summary",
        "**Sources:**",
        "Here is a short summary of the passages.",
        "To summarize:",
        "The key points are as follows:",
    ],
)
def test_talk_of_the_answer_claims_nothing(sentence: str) -> None:
    assert claim_of(sentence) == ""


CLAIM = "Ukraine won the war in 2023"


@pytest.mark.parametrize(
    "frame",
    [
        "The passages do not say, but {}",
        "The passages do not say; {}",
        "The passages do not say: {}",
        "The passages do not say ({})",
        "The passages do not say — {}",
        "The passages do not say so, {}",
        "The passages do not say so, yet {}",
        "The passages do not say so, and still {}",
        "The passages do not mention dates, and {}",
        "The passages do not mention dates and {}",
        "I don't know, although {}",
        "There is no information on it in the sources, however {}",
        "Although the passages do not say so, {}",
        "{}, although the passages do not say so",
        "{}; the passages do not say when",
        "In summary: {}",
        "According to the passages, {}",
        "The passages say that {}",
        "Passage 2 states that {}",
        "Passage [2] states that {}",
        "[2] says that {}",
        "[1] does not say so, but {}",
        "Unfortunately, {}",
    ],
)
@pytest.mark.parametrize("end", [" [2].", "."])
def test_a_claim_beside_a_refusal_is_a_claim(frame: str, end: str) -> None:
    claim = claim_of(frame.format(CLAIM) + end)
    assert claim.removeprefix("and ").rstrip(" .") == CLAIM


def test_an_enumeration_of_what_is_not_told_ends_at_a_claim() -> None:
    said = claim_of(f"The passages do not mention prices, dates or names, and {CLAIM} [2].")
    assert said == f"and {CLAIM}."


@pytest.mark.parametrize(
    "sentence",
    [
        "The passages of the strait were closed [1].",
        "The passages do not provide shelter for ships [1].",
        "The sources of the river do not contain gold [1].",
        "The context of the war is not mentioned by the Kremlin [1].",
        "The report does not mention casualties [1].",
        "The documents did not mention the bomb [2].",
        "The sources did not say who was responsible [1].",
        "The text of the treaty does not mention Crimea [1].",
        "There is no evidence of a plot [1].",
        "There is no evidence of a plot.",
        "There is no information on the losses [1].",
        "There is no returning to the way things were [1].",
        "No source of gas is cheaper [1].",
        "No answer came from Moscow [1].",
        "No answer came from Moscow.",
        "There is no answer to the crisis.",
        "There is no indication that Putin will stop.",
        "Nobody knows who did it.",
        "It is not clear who won the war [2].",
        "It is unknown who won the war.",
        "We cannot afford to lose the war [1].",
        "“I could not find my family” [1].",
        "The answer is no.",
        "The question is not whether Russia wins [1].",
        "The Kremlin does not say who ordered it [1].",
        "Russia said nothing about the ceasefire [1].",
        "The passages state there is no plan to end the war [1].",
        "Not a single passage was open.",
        "The passages state there is no evidence of a plan [1].",
        "The sources of the report are unknown [1].",
        "“I could not find an answer”, he said.",
    ],
)
def test_what_merely_looks_like_a_refusal_is_a_claim(sentence: str) -> None:
    assert claim_of(sentence) == sentence.replace(" [1]", "").replace(" [2]", "")


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("The passages do not say so [1], rivers or lakes froze [2].", "rivers or lakes froze."),
        ("The passages do not say so, 5 or 6 men died.", "5 or 6 men died."),
        ("The passages do not say it, by then it was won [2].", "by then it was won."),
        ("The passages do not mention bread and winter came early.", "and winter came early."),
        ("The passages do not mention bread and Putin won.", "and Putin won."),
        ("The passages do not mention bread and salt.", ""),
        ("The passages do not mention bread and salt [1].", "and salt."),
        ("The passages do not say who came, why Moscow was chosen [1].", ""),
    ],
)
def test_what_goes_on_with_what_is_not_told(sentence: str, claim: str) -> None:
    assert claim_of(sentence) == claim


def test_what_only_says_where_a_claim_is_from_is_not_part_of_it() -> None:
    assert claim_of("The passages say that there is no plot [1].") == "there is no plot."
    assert claim_of("However, according to the sources, it ended [1].") == "it ended."
    unstripped = "According to the Kremlin, it ended."
    assert claim_of(unstripped.replace(".", " [1].")) == unstripped


def test_a_long_sentence_costs_no_more_than_it_is_long() -> None:
    # Looking through the rest of the sentence at each comma took minutes.
    claimed = ", ".join(["Abe left"] * 20_000)
    assert claim_of(f"The passages do not say it, {claimed}.") == f"{claimed}."
    for piece in (
        "no ",
        "the given ",
        ", and ",
        "a: ",
        "[1] and ",
        "the passages say that ",
        "about ",
    ):
        claim_of(piece * 5_000)
