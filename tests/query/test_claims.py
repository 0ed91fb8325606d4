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
        ("The passages do not mention bread and salt [1].", ""),
        ("The passages do not mention bread and Lent came [1].", "and Lent came."),
        ("The passages do not mention his horse, Marengo, or his dog.", ""),
        ("The passages do not mention the horse, Wellington rode it.", "Wellington rode it."),
        ("The passages do not mention the UN (United Nations).", ""),
        ("The passages do not mention Lee, who lost in 1865 [1].", "who lost in 1865."),
        ("The passages do not say who died, or where.", ""),
        ("I don't know who came, why Moscow was chosen.", ""),
        ("I don't know this, why was Moscow chosen?", "why was Moscow chosen?"),
        ("As the passages do not mention prices, I cannot answer.", ""),
        ("The passages do not say who left while the town burned.", ""),
        ("The passages do not mention Lee because he was shot.", "he was shot."),
        ("The date, the place of the meeting and the toll are not given in the passages.", ""),
        ("The Kremlin wants peace, the passages do not say why.", "The Kremlin wants peace"),
        ("The king sleeps and the date is not given in the passages.", "The king sleeps"),
        ("The toll is not known and is not given in the passages.", "The toll is not known"),
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


REFUSED = """
The passages do not mention that 5,000 civilians died [1].
The passages do not mention U.S. troops.
The passages do not say what Mr. Smith did in St. Petersburg.
The passages do not mention Napoleon's horse, Marengo [1].
There is no information on how many of the 12,000 hostages were shot.
There's nothing in the passages about the harvest.
None of the five passages discusses this.
They don't say.
It doesn't say why.
The exact date is not given in the passages [1].
The passages are about Ukraine and do not mention croissants.
The passages mention the date, but they do not say who signed.
The passages do not answer the question "Who won?".
The passages do not use the word “genocide”, nor do they define it.
I cannot answer this from the passages.
I can't tell from these excerpts whether the bridge was rebuilt.
I could not find the name of the engineer in the sources provided.
I did not find any mention of a second ship in the passages [1][3].
I found nothing about wages in the context.
I don't have enough information to say.
I am unable to determine the cause from the given text.
I'm not able to answer that question based on the passages.
We cannot know from the passages how deep the lake is.
I'm afraid the sources do not cover the years after 1950.
Sorry, but the provided context does not include prices.
Based on the passages, it is unclear who ordered the attack.
Based on the passages, I cannot say how many came.
From the passages it cannot be determined whether he lied.
Based on the sources, there is no information about her childhood.
The passages are silent on the matter.
The context is insufficient to answer.
The sources are not clear about the order of events.
The given documents lack any data on rainfall.
These excerpts say nothing of his wife.
The passages make no mention of a treaty.
The sources give no figures for 1944.
The passages provide no details about the crew.
The text provided does not describe the ritual.
The documents do not explain why the mill closed.
Source 3 does not give a date.
Passages 1, 2 and 4 do not discuss taxes.
[2] does not say how old she was.
Neither passage names the witness.
No passage tells us where the gold went.
Nothing in the sources explains the delay.
Nothing is said in the passages about the funeral.
None of these sources says who paid for the church.
Not one of the passages mentions a fire.
His age is not stated in the passages.
The causes of the famine are not discussed in any of the passages [2].
The size of the army cannot be determined from the passages.
Whether he confessed is not mentioned in the sources.
The number of ships is not available in the provided excerpts.
No explanation is offered in the passages.
No evidence for this can be found in the given passages.
There is no mention of penguins in the passages.
There is no data in the sources on this point.
There isn't any information about that in the excerpts.
There are no details on the route.
There is not enough information to say which came first.
No information about the weather is available.
No details are given.
No answer was found.
Not mentioned in the sources.
Not specified.
Unclear from the passages.
It is not stated whether the roof held.
It is not specified in the passages which bank lent the money.
This question is beyond the scope of the passages.
The answer is not in the passages.
The passages never explicitly say so.
The passages fail to explain the change.
The passages can't tell us what she thought.
The passages also do not compare the two engines.
However, the passages do not state the price, the weight or the speed.
Although the passages discuss the siege, they do not say when it ended.
Unfortunately, the sources don't reveal it [1, 2].
The search results do not contain an answer.
The passages I was given do not mention Peru.
Your question is not answered in the passages.
It's not clear from the passages if the treaty was ratified.
The passages neither confirm nor deny the rumour.
The excerpts leave this open.
The passages discuss the siege of Malta, but don't say how many died.
Here are the three main reasons given in the passages:
Hope this helps!
I hope this helps!
Let me know if you need more.
Sure!
Certainly!
Of course!
Sure, here is the answer:
Here's a brief overview of the war:
Here are the key points:
References:
Sources
## Key points
In conclusion:
Please let me know if you have any other questions.
Would you like me to go into more detail?
This answer is based on the passages above.
The answer is as follows:
Great question!
I'll summarize the passages.
The passages say the following:
Below is a list of the main events:
"""

CLAIMED = """
The results do not suggest that the drug works.
No records were found of the survivors.
The question was never answered by the court.
No answer was given by the Kremlin.
No details were given by either side.
No information was given to the families of the dead.
There was no mention of a ceasefire in the treaty.
There is no mention of slavery in the constitution.
There is no information available to the public.
No information was released.
No information reached the palace.
No details of the plan were known to the crew.
The report provided no details of the losses [1].
The data do not show a rise in crime.
The available evidence does not support the theory.
The evidence does not suggest that coffee is harmful.
The records do not mention a second wife.
The study did not find any effect on sleep [2].
The police have no information about the killer.
The sources report no casualties [1].
The passages show no sign of wear [1].
The sources of the Nile were unknown to the Romans.
The article's author does not mention his brother.
The passage to India was not open.
The secret passages were never found.
The ministry said nothing about the ceasefire.
He did not say who had sent him.
She does not mention her father in the letters.
They do not say who won the war.
It does not contain gluten.
They don't speak English.
The committee found no evidence of fraud.
We cannot afford to lose this war.
We did not find weapons in the village.
We have no bread.
I do not like green eggs.
The cause of the fire is unknown.
It is not known who built the wall.
It is unclear whether the king survived.
The winner was never named.
The bodies were never found.
The suspect has not been identified by the police.
The names of the dead were not disclosed by the army.
The reasons were not given to the press.
The treaty is silent on prisoners.
The contract does not specify a date.
The Bible does not mention cats.
The law does not define marriage.
The president's speech does not address the drought.
Nothing was found in the ruins.
Nothing is known of his childhood.
Nobody mentioned the war.
None of the five ships returned.
None of the witnesses mentioned a gun.
No source of water was near.
No passage through the ice was found.
Neither side mentioned the prisoners.
No one knows where the gold went.
There is no answer to the crisis.
There is no evidence that he was guilty.
There are no numbers on the doors.
There is no reason to doubt it.
According to the passages, there is no evidence of arson.
The passages say that no one survived.
The passages state that the king did not answer.
Source 2 says that it was not mentioned by the press.
The passages do not mention the president's death in Dallas, where Oswald shot him [1].
The passages do not mention Lee, who surrendered in April [1].
The passages do not say when, but 12,000 hostages were shot.
The passages do not give a date; the mill burned in 1907.
The toll was 5,000, which is not stated in the passages.
Moscow fell and the date is not given in the passages.
Here is where the king died.
Here lies the answer to the riddle of the tomb.
The answer is 42.
The following day the town fell.
The list of the dead was long.
The key point was taken by the army.
In summary, the war was lost.
Sure, the war was lost.
Based on the passages, the king was never found.
The conclusion of the treaty took a year.
I hope the war ends.
Let me know the truth, said the queen.
The passages discuss how Ukraine won in 2023.
The passages are about 300 years old.
A short summary of the law was read to the prisoners.
Certainly the army was beaten.
“The passages do not say”, wrote the judge.
The context does not excuse the crime.
"""


@pytest.mark.parametrize("sentence", REFUSED.strip().splitlines())
def test_refusals_and_talk_of_many_kinds(sentence: str) -> None:
    assert claim_of(sentence) == ""


@pytest.mark.parametrize("sentence", CLAIMED.strip().splitlines())
def test_claims_of_many_kinds(sentence: str) -> None:
    assert claim_of(sentence) != ""
