"""Ways to ask for a feeling in words that mien's own descriptions never use: a director's."""

from __future__ import annotations

from typing import Final

FEELINGS: Final[dict[str, tuple[str, ...]]] = {
    "happiness": (
        "delighted, like somebody just gave her the best news of her life",
        "over the moon",
        "pleased as punch, beaming from ear to ear",
        "having a really good time, grinning",
    ),
    "sadness": (
        "heartbroken, as if the dog had died",
        "down in the dumps, close to weeping",
        "grieving and miserable",
        "gloomy, mouth drooping",
    ),
    "anger": (
        "boiling with rage at the referee",
        "seething, about to punch somebody",
        "livid, glaring at the culprit",
        "cross and irritated, brows knitted",
    ),
    "surprise": (
        "could not believe her eyes, jaw dropped",
        "astonished by the birthday party",
        "gobsmacked",
        "startled, eyebrows shooting up",
    ),
    "fear": (
        "scared stiff, as if a ghost stood in the door",
        "panicking, horrified by what he sees",
        "frightened and tense",
        "dreading what comes next, eyes wide in alarm",
    ),
    "disgust": (
        "just smelled rotten eggs",
        "revolted by the food, nose wrinkled",
        "grossed out",
        "repulsed, about to be sick",
    ),
    "contempt": (
        "looking down on everybody, one corner of the mouth up",
        "scornful, thinks he is better than you",
        "sneering disdain on one side",
        "smug and superior",
    ),
}
"""Emotion -> what somebody might say."""
