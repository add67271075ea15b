import pytest

from mien.core.emotion import Emotion
from mien.core.query import Context, Query, parse_emotion
from mien.errors import BadExpression, UnknownName


def test_an_emotion_reads_as_it_is_written():
    parsed = parse_emotion(" happiness=0.7, Surprise = .3 ")
    assert parsed == Emotion.from_weights({"happiness": 0.7, "surprise": 0.3})
    assert parse_emotion("sadness=0.4").probabilities[0] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("hapiness=1", UnknownName, "happiness"),
        ("happiness", BadExpression, "happiness=0.7"),
        ("happiness=much", BadExpression, "name=number"),
        ("happiness=nan", BadExpression, "name=number"),
        ("happiness=2", BadExpression, "between 0 and 1"),
        ("happiness=-0.1", BadExpression, "between 0 and 1"),
        ("happiness=.5,happiness=.5", BadExpression, "twice"),
        ("", BadExpression, "name=number"),
        ("anger=1,,fear=1", BadExpression, "name=number"),
    ],
)
def test_what_is_no_emotion_says_what_to_write(text, error, says):
    with pytest.raises(error) as caught:
        parse_emotion(text)
    assert says in str(caught.value)


def test_blank_words_ask_nothing():
    assert Query(text="  ").is_open
    assert not Query(text=" wink ").is_open
    assert Query(text=" wink ").text == "wink"


def test_weights_must_name_what_exists_and_be_positive():
    with pytest.raises(UnknownName, match="expression"):
        Query(weights={"expresion": 1.0})
    with pytest.raises(BadExpression):
        Query(weights={"text": -1.0})
    with pytest.raises(UnknownName, match="temporal"):
        Context(weights={"temporl": 1.0})
    with pytest.raises(BadExpression):
        Context(position=1.5)
    with pytest.raises(BadExpression):
        Query(variety=2.0)
