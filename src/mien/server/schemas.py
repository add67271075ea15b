"""What the service takes and gives, for OpenAPI and for checking. The shapes are those of `mien.studio.payload`."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from mien.core.face import PHOTO

Unit = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Angle = Annotated[float, Field(ge=-3.15, le=3.15, allow_inf_nan=False)]
Signed = Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]
NAME_LENGTH: Final = 120
Name = Annotated[str, Field(max_length=NAME_LENGTH)]
Id = Annotated[str, Field(max_length=64)]
Weight = Annotated[float, Field(ge=0.0, le=1000.0, allow_inf_nan=False)]
Names = Annotated[list[Name], Field(max_length=64)]


class Given(BaseModel):
    """What a caller sends: a misspelt field is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What a caller is told."""


class HeadGiven(Given):
    """Where the head points, radians; what is left out is straight ahead."""

    yaw_rad: Angle = 0.0
    pitch_rad: Angle = 0.0
    roll_rad: Angle = 0.0


class EmotionGiven(Given):
    """Probabilities by class (those left out are 0), and where that lies on the circumplex."""

    probabilities: dict[str, Unit]
    valence: Signed
    arousal: Signed
    intensity: Unit


class ExpressionGiven(Given):
    """`mien.expression/1`; coefficients that are left out are 0, an emotion that is left out follows by rule."""

    schema_: Literal["mien.expression/1"] = Field("mien.expression/1", alias="schema")
    coefficients: dict[str, Unit]
    certainty: dict[str, Unit] | None = None
    head: HeadGiven = HeadGiven()
    emotion: EmotionGiven | None = None
    confidence: Unit = 1.0
    latent: Annotated[list[Finite], Field(min_length=256, max_length=256)] | None = None


class Head(Told):
    """Where the head points, radians."""

    yaw_rad: float
    pitch_rad: float
    roll_rad: float


class EmotionData(Told):
    """Probabilities by class, and where that lies on the circumplex."""

    probabilities: dict[str, float]
    valence: float
    arousal: float
    intensity: float


class ExpressionData(Told):
    """`mien.expression/1`."""

    schema_: str = Field(alias="schema")
    coefficients: dict[str, float]
    certainty: dict[str, float]
    head: Head
    emotion: EmotionData
    confidence: float
    latent: list[float] | None


class FaceData(Told):
    """One face that was found."""

    box_xyxy: Annotated[list[float], Field(min_length=4, max_length=4)]
    score: float
    points: dict[str, list[float]]


class PictureSize(Told):
    """Pixels of the picture as it was read, upright."""

    width_px: int
    height_px: int


class ReasonData(Told):
    """One thing that speaks for or against an emotion."""

    what: str
    value: float
    share: float


class ReadingData(Told):
    """`mien.reading/1`."""

    schema_: str = Field(alias="schema")
    picture: PictureSize
    faces: list[FaceData]
    face: int
    presence: float
    looks_like: str
    agreement: float | None
    features: dict[str, list[float]] | None
    expression: ExpressionData
    reasons: dict[str, list[ReasonData]]


class AttentionData(Told):
    """Where the encoder looked. corners: of the square that it saw, clockwise from the upper left, (x, y) in pixels.

    maps: region -> side * side numbers 0..255, row by row, 255 where it looked most.
    """

    side: int
    corners: list[list[float]]
    maps: dict[str, list[int]]


class Read(Told):
    """A reading; the outlines of face, eyes, brows and lips as closed lines of (x, y) in pixels; where was looked."""

    reading: ReadingData
    contours: list[list[list[float]]]
    attention: AttentionData | None


class CharacterData(Told):
    """Name, style and kind of a character. licence: of one that a user brought, "" if its file does not say."""

    id: str
    name: str
    style: str
    kind: str
    description: str
    tags: list[str]
    licence: str


class MappedData(Told):
    """One expression on one character. picture: address of its picture; svg: the same as vectors, for drawn ones."""

    character: CharacterData
    style: str
    picture: str
    svg: str | None
    bounded: dict[str, float]
    coefficients: dict[str, float]
    controls: dict[str, float]
    head: Head
    notes: list[str]


class Mapping(Told):
    """What became of one expression on each character."""

    characters: list[MappedData]


class TargetData(Told):
    """A picture of a character that can be redrawn, as it was read."""

    name: str
    reading: ReadingData


class RedrawnData(Told):
    """The picture as the network drew it. picture: PNG, as a data: address. seen: how much of the change that was asked
    for is read back from it, 0..1; null where little was asked. changed_share: of the pixels. attention: where the
    network looked, as the map `looked`, and how far it changed each place, as the map `changed`.
    """

    picture: str
    confidence: float
    seen: float | None
    bounded: dict[str, float]
    controls: dict[str, float]
    changed_share: float
    notes: list[str]
    attention: AttentionData


class Redrawing(Told):
    """A picture of a character without a rig, and what became of it. style: whose ranges bound the face. drawn: null
    where no expression was sent.
    """

    target: TargetData
    style: str
    drawn: RedrawnData | None


class LiveCharacterData(Told):
    """A character following a camera: its own coefficients, and what it looks like if that was asked for.

    svg: a drawn character, as a document. picture: a sculpted one, as a data: address.
    """

    id: str
    kind: str
    coefficients: dict[str, float]
    head: Head
    svg: str | None
    picture: str | None


class ErrorBody(Told):
    """kind: the error's class; message: one sentence that says what to do."""

    kind: str
    message: str


class LiveFrameData(Told):
    """One frame of a camera. trail: to be sent with the next frame. read_ms, draw_ms: how long that took.

    Without a face in view `expression` is null, nobody follows, and `problem` says why.
    """

    picture: PictureSize
    looks_like: str
    expression: ExpressionData | None
    problem: ErrorBody | None
    contours: list[list[list[float]]]
    characters: list[LiveCharacterData]
    trail: str
    read_ms: float
    draw_ms: float


class MapRequest(Given):
    """Put an expression on characters: `to` is a character, a style, "four", "all", or ids with commas."""

    expression: ExpressionGiven
    to: Annotated[str, Field(max_length=400)] = "four"
    style: Name | None = None
    looks_like: Annotated[
        Name, Field(description="As the reading said it; what its style held back of a drawn face is let go.")
    ] = PHOTO
    exact: Annotated[bool, Field(description="As given, without what the emotion says the shapes lack.")] = False


class ContextGiven(Given):
    """For which moment of a production. weights: criterion -> weight in place of the usual one."""

    character: Name = ""
    style: Name = ""
    production: Name = ""
    previous: ExpressionGiven | None = None
    next: ExpressionGiven | None = None
    after: Annotated[str, Field(max_length=64, description="Id of the asset before the gap.")] | None = None
    before: Annotated[str, Field(max_length=64, description="Id of the asset after the gap.")] | None = None
    position: Unit = 0.5
    user: Name = ""
    weights: dict[Name, Weight] = {}


class SearchRequest(Given):
    """Any mix of words, emotion, expression and another asset, among what passes the filters."""

    text: Annotated[str, Field(max_length=500)] | None = None
    emotion: dict[str, Unit] | None = None
    expression: ExpressionGiven | None = None
    looks_like: Annotated[Name, Field(description="As in /map: of the face that the expression is from.")] = PHOTO
    like: Annotated[str, Field(max_length=64)] | None = None
    unlike: Annotated[str, Field(max_length=64)] | None = None
    but: Annotated[dict[Name, Signed], Field(description='Emotion or control -> what is added: {"anger": 0.4}.')] = {}
    avoid: Annotated[list[Name], Field(max_length=8, description="Emotions that are ruled out.")] = []
    styles: Names = []
    characters: Names = []
    tags: Names = []
    exclude_tags: Names = []
    exclude_styles: Names = []
    exclude_characters: Names = []
    since: Annotated[str, Field(max_length=40, description="Added on this day (ISO 8601) or later.")] | None = None
    until: Annotated[str, Field(max_length=40, description="Added on this day or earlier.")] | None = None
    productions: Names = []
    ids: Annotated[list[Id], Field(max_length=20_000, description="Only among these; all if empty.")] = []
    weights: Annotated[dict[Name, Weight], Field(description="expression, text, emotion, like -> weight")] = {}
    context: ContextGiven | None = None
    min_rating: Annotated[float, Field(ge=0, le=5)] | None = None
    variety: Unit = 0.3
    limit: Annotated[int, Field(ge=1, le=200)] = 24
    offset: Annotated[int, Field(ge=0, le=100_000)] = 0


class Question(SearchRequest):
    """A search of which a few hits are wanted that are worth asking about."""

    count: Annotated[int, Field(ge=2, le=8)] = 2


class ProductionChange(Given):
    """What to change about how a production ranks. weights: {} for the usual ones."""

    weights: dict[Name, Weight] | None = None
    learning: Literal["auto", "off"] | None = None
    forget: Annotated[bool, Field(description="What was said until now no longer counts.")] = False


class Annotation(Given):
    """What to change about an asset; what is left out stays."""

    text: Annotated[str, Field(max_length=500)] | None = None
    tags: Names | None = None


class Rating(Given):
    """0 to 5 stars from a user."""

    stars: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)]
    user: Name = ""
    production: Name = ""
    search: Annotated[str, Field(max_length=64, description="Id of the page of hits it was on.")] = ""


class EventGiven(Given):
    """What a user did. value: seconds for "viewed", stars for "rated", 1 otherwise; 0 takes a "rejected" back."""

    kind: Literal["shown", "viewed", "selected", "rated", "rejected"]
    asset: Id
    user: Name = ""
    production: Name = ""
    value: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 1.0
    detail: Annotated[dict[Name, str | Finite | bool], Field(max_length=16)] = {}


class FactorData(Told):
    """One criterion of a score."""

    value: float
    weight: float
    contribution: float


class AssetData(Told):
    """One expression of the library."""

    id: str
    character: str
    style: str
    text: str
    tags: list[str]
    production: str
    sequence: str
    shot: str
    frame: int | None
    rating: float | None
    source: str
    created_at: str
    face: Annotated[
        list[float] | None,
        Field(description="Left, top, right, bottom of the face in the picture, shares of its width and height."),
    ]
    emotion: EmotionData
    head: Head
    coefficients: dict[str, float]
    confidence: float


class HitData(Told):
    """An asset, its score, and what the score is made of."""

    score: float
    factors: dict[str, FactorData]
    asset: AssetData


class Hits(Told):
    """`mien.hits/1`: one page, best first."""

    schema_: str = Field(alias="schema")
    search: Annotated[str, Field(description="Id of this page, for ratings and events about its hits.")] = ""
    total: int
    hits: list[HitData]


class Restaging(Read):
    """A photo as read, what became of it on each character, and the closest expressions of the library."""

    characters: list[MappedData]
    found: Hits | None


class StyleData(Told):
    """One style with the ranges of its regions."""

    id: str
    name: str
    description: str
    cast: str
    ranges: dict[str, list[float]]


class ControlData(Told):
    """A bipolar axis: rest is 0.5; 1 is `high` full on, 0 is `low` full on (those without `low` go up only)."""

    name: str
    region: str
    high: str
    low: str | None


class Place(Told):
    """Where an emotion sits on the circumplex."""

    valence: float
    arousal: float


class Vocabulary(Told):
    """What can be asked by."""

    controls: list[ControlData]
    emotions: dict[str, Place]
    criteria: dict[str, float]


class SpaceData(Told):
    """The library as a map: for each asset its place (x, y in -1..1), and the positions of style and emotion."""

    ids: list[str]
    x: list[float]
    y: list[float]
    style: list[int]
    emotion: list[int]
    styles: list[str]
    emotions: list[str]


class EstimateData(Told):
    """Worth of a shown hit as the pages were, and as what was learned would have ordered them; 95 % interval."""

    now: float
    learned: float
    gain: float
    low: float
    high: float
    pages: int


class LearnedData(Told):
    """What a production's users taught. weights: by criterion. metric: how much more a part of the face counts."""

    weights: dict[str, float]
    metric: dict[str, float]
    searches: int
    signals: int
    estimate: EstimateData | None


class ProductionData(Told):
    """`mien.production/1`. followed: does the ranking use what was learned?"""

    schema_: str = Field(alias="schema")
    production: str
    weights: dict[str, float]
    learning: Literal["auto", "off"]
    followed: bool
    learned: LearnedData


class LibraryData(Told):
    """What the library holds. outdated: how many were embedded by another version, so that no search finds them."""

    assets: int
    outdated: int
    styles: dict[str, int]
    characters: dict[str, int]
    tags: dict[str, int]
    emotions: dict[str, int]
    productions: dict[str, int]


class JobProblem(Told):
    """A picture that was not added, and why; a job that failed as a whole has no name."""

    name: str
    message: str


class JobData(Told):
    """How far long work is: pictures that are added, or expressions that are embedded anew.

    done: tried so far, of `total`. added: expressions that are new by it, which are safe; a picture may show several.
    """

    id: str
    kind: Literal["ingest", "embed"]
    state: Literal["waiting", "running", "done", "cancelled", "failed"]
    total: int
    done: int
    added: int
    skipped: int
    problems: list[JobProblem]


class Health(Told):
    """Is the service up, and which version is it?"""

    status: Literal["good"] = "good"
    version: str


class ErrorData(Told):
    """Every answer that is not 2xx."""

    error: ErrorBody


def plain(model: BaseModel) -> dict[str, Any]:
    """As plain data, under the names that travel."""
    return model.model_dump(by_alias=True, exclude_none=True)
