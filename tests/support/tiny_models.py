"""Tiny random models of many architectures, saved as sentence-transformers saves them.

Their tokenizers are made here too, one of each kind: word pieces, pieces of a unigram model, and
byte pairs of whole bytes or of characters. Nothing is downloaded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Normalize,
    Pooling,
    StaticEmbedding,
    Transformer,
)
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

LIMIT = 48
"""The most tokens that a tiny model reads."""
WIDTH = 32
"""The length of the vectors of its tokens."""

_TEXT = """
    a the of and in to was is on for by he she it they said not from with that this all long small
    many some other first last query passage text word words question title none document minister
    delegation ceasefire terms talks night silence wall side river winter letter answer agreement
"""
_WORDS = _TEXT.split()
_CHARACTERS = sorted({*"abcdefghijklmnopqrstuvwxyz0123456789.,:;!?'-|ABCDEFGHIJKLMNOPQRSTUVWXYZ"})


@dataclass(frozen=True, slots=True)
class Special:
    """The special tokens of a tokenizer, in the order of their ids."""

    tokens: tuple[str, ...]
    padding: str
    unknown: str | None
    template: str
    """What the model reads, with `$A` for the text."""


_BERT = Special(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), "[PAD]", "[UNK]", "[CLS] $A [SEP]")
_ROBERTA = Special(("<s>", "<pad>", "</s>", "<unk>", "<mask>"), "<pad>", "<unk>", "<s> $A </s>")
_QWEN = Special(("<|endoftext|>", "<|im_end|>"), "<|endoftext|>", None, "$A <|im_end|>")
_GEMMA = Special(("<pad>", "<eos>", "<bos>", "<unk>"), "<pad>", "<unk>", "<bos> $A <eos>")


def word_pieces(special: Special = _BERT) -> Tokenizer:
    """Return a tokenizer like that of BERT."""
    pieces = [*special.tokens, *_WORDS, *_CHARACTERS, *(f"##{one}" for one in _CHARACTERS)]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=special.unknown))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return _finished(tokenizer, special)


def unigram_pieces(special: Special = _ROBERTA) -> Tokenizer:
    """Return a tokenizer like those of SentencePiece, of XLM-R and ALBERT."""
    pieces = [*special.tokens, *(f"▁{word}" for word in _WORDS), "▁", *_WORDS, *_CHARACTERS]
    scored = [(piece, -1.0 - number / 100) for number, piece in enumerate(dict.fromkeys(pieces))]
    unknown = special.tokens.index(special.unknown or "")
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return _finished(tokenizer, special)


def byte_pairs(special: Special = _ROBERTA) -> Tokenizer:
    """Return a tokenizer of bytes like those of RoBERTa and Qwen.

    A word is one token after a blank, and several where no blank stands before it.
    """
    tokenizer = _pairs(special, "Ġ", sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return _finished(tokenizer, special)


def character_pairs(special: Special = _GEMMA) -> Tokenizer:
    """Return a tokenizer of characters, in which blanks are "▁", like that of Gemma."""
    tokenizer = _pairs(special, "▁", ["▁", *_CHARACTERS])
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Replace("▁", " ")
    return _finished(tokenizer, special)


def _pairs(special: Special, blank: str, alphabet: Sequence[str]) -> Tokenizer:
    """Return a tokenizer that puts the words after a blank together, from left to right."""
    pieces, merges = [*special.tokens, *alphabet], []
    for word in _WORDS:
        left = blank
        for letter in word:
            merges.append((left, letter))
            left += letter
            pieces.append(left)
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    merges = list(dict.fromkeys(merges))
    return Tokenizer(models.BPE(vocabulary, merges, unk_token=special.unknown))


def _finished(tokenizer: Tokenizer, special: Special) -> Tokenizer:
    """Return the tokenizer with its special tokens around each text."""
    tokenizer.add_special_tokens(list(special.tokens))
    ids = [(token, tokenizer.token_to_id(token)) for token in special.tokens]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=special.template, special_tokens=ids
    )
    return tokenizer


@dataclass(frozen=True, slots=True)
class Architecture:
    """How a tiny model of an architecture is made."""

    name: str
    """The beginning of the names of its classes in transformers: `NameConfig`, `NameModel`."""
    tokenizer: Callable[[Special], Tokenizer]
    special: Special = _BERT
    settings: Mapping[str, object] = field(default_factory=dict)
    """Settings beside the usual ones, or in place of them."""


_ENCODER: dict[str, object] = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": LIMIT + 16,
    "initializer_range": 0.2,
}
_DECODER: dict[str, object] = {"num_key_value_heads": 2, "head_dim": 8}

ARCHITECTURES = {
    "BERT": Architecture("Bert", word_pieces),
    "MPNet": Architecture("MPNet", word_pieces, _ROBERTA),
    "XLM-R": Architecture("XLMRoberta", unigram_pieces, _ROBERTA),
    "RoBERTa": Architecture("Roberta", byte_pairs, _ROBERTA),
    "DistilBERT": Architecture(
        "DistilBert",
        word_pieces,
        settings={"dim": WIDTH, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
    ),
    "ModernBERT": Architecture("ModernBert", byte_pairs, settings={"local_attention": 8}),
    "ELECTRA": Architecture("Electra", word_pieces, settings={"embedding_size": 16}),
    "ALBERT": Architecture("Albert", unigram_pieces, settings={"embedding_size": 16}),
    "DeBERTa": Architecture(
        "DebertaV2",
        unigram_pieces,
        settings={
            "relative_attention": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
            "position_buckets": 16,
            "share_att_key": True,
            "norm_rel_ebd": "layer_norm",
        },
    ),
    "Qwen3": Architecture("Qwen3", byte_pairs, _QWEN, _DECODER),
    "Gemma 3": Architecture(
        "Gemma3Text",
        character_pairs,
        _GEMMA,
        {
            **_DECODER,
            "use_bidirectional_attention": True,
            "sliding_window": 8,
            "layer_types": ["sliding_attention", "full_attention"],
        },
    ),
}
"""The architectures, by the names that people give them."""

DENSE: dict[str, dict[str, Any]] = {
    "linear": {"bias": False, "activation_function": torch.nn.Identity()},
    "linear with bias": {"bias": True, "activation_function": torch.nn.Identity()},
    "tanh": {"bias": True, "activation_function": torch.nn.Tanh()},
}
"""The kinds of Dense modules."""


def save_tiny_model(
    folder: Path,
    architecture: str = "BERT",
    *,
    pooling: str = "mean",
    dense: Sequence[str] = (),
    prompts: Mapping[str, str] | None = None,
    include_prompt: bool = True,
    truncate_dim: int | None = None,
) -> Path:
    """Save a random model into `folder`, which is made, and return it."""
    torch.manual_seed(7)
    transformer = Transformer(str(_save_transformer(folder, ARCHITECTURES[architecture])))
    modules = [transformer, Pooling(WIDTH, pooling, include_prompt)]
    modules += [Dense(WIDTH, WIDTH, **DENSE[kind]) for kind in dense]
    model = SentenceTransformer(
        modules=modules, prompts=dict(prompts or {}), truncate_dim=truncate_dim, device="cpu"
    )
    model.save(str(folder))
    return folder


def save_static_model(
    folder: Path,
    tokenizer: Tokenizer | None = None,
    *,
    dense: Sequence[str] = (),
    normalize: bool = False,
    prompts: Mapping[str, str] | None = None,
    truncate_dim: int | None = None,
) -> Path:
    """Save a random model that takes the mean of its tokens' vectors, and return its folder."""
    torch.manual_seed(7)
    tokenizer = tokenizer or word_pieces()
    modules = [StaticEmbedding(tokenizer, embedding_dim=WIDTH)]
    modules += [Dense(WIDTH, WIDTH, **DENSE[kind]) for kind in dense]
    modules += [Normalize()] * normalize
    model = SentenceTransformer(
        modules=modules, prompts=dict(prompts or {}), truncate_dim=truncate_dim, device="cpu"
    )
    model.save(str(folder))
    return folder


def _save_transformer(folder: Path, architecture: Architecture) -> Path:
    """Save model and tokenizer as transformers does, beside `folder`."""
    plain = folder.with_name(f"{folder.name}-plain")
    special = architecture.special
    tokenizer = architecture.tokenizer(special)
    config = getattr(transformers, f"{architecture.name}Config")(
        **_ENCODER | dict(architecture.settings),
        vocab_size=tokenizer.get_vocab_size(),
        pad_token_id=tokenizer.token_to_id(special.padding),
        bos_token_id=None,
        eos_token_id=None,
    )
    getattr(transformers, f"{architecture.name}Model")(config).save_pretrained(plain)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=LIMIT,
        pad_token=special.padding,
        unk_token=special.unknown,
        extra_special_tokens=list(special.tokens),
    ).save_pretrained(plain)
    return plain
