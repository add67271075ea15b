// Every word the page shows, in one place.

const number = new Intl.NumberFormat("en");
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const signed = new Intl.NumberFormat("en", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});

const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const steps = new Intl.NumberFormat("en", { signDisplay: "exceptZero" });
const date = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

export const show = {
  count: (n: number) => number.format(n),
  percent: (n: number) => percent.format(n),
  decimal: (n: number) => decimal.format(n),
  signed: (n: number) => signed.format(n),
  /** A control's way from rest, -100..100. */
  steps: (n: number) => steps.format(n),
  date: (iso: string) => date.format(new Date(iso)),
  degrees: (radians: number) => `${Math.round((radians * 180) / Math.PI)}°`,
  megabytes: (bytes: number) => `${number.format(Math.round(bytes / 1e5) / 10)} MB`,
};

const plural = (n: number, one: string, more: string) => `${number.format(n)} ${n === 1 ? one : more}`;

export const text = {
  name: "mien",
  promise: "Read the expression on a face, re-stage it on any character, find it again in your library.",
  privacy: "Photos stay on this machine.",
  skip: "Skip to the results",
  views: { title: "Views", search: "Search", live: "Live", map: "Map" } as Record<string, string>,
  theme: { toDark: "Switch to dark", toLight: "Switch to light" },

  sculpted: {
    label: (name: string) => `${name} in three dimensions. Drag or use the arrow keys to look from another side.`,
    failed: "The head could not be shown in three dimensions. Your browser needs WebGL 2; the picture shows the same.",
  },

  photo: {
    title: "Photo",
    invite: "Drop a photo of a face",
    hint: "or paste one from the clipboard",
    choose: "Choose a photo",
    example: "Try the astronaut",
    camera: "Use the camera",
    exampleName: "astronaut.jpg",
    another: "Another photo",
    clear: "Remove the photo",
    dropHere: "Drop it anywhere to read its face",
    alt: "Your photo",
    contours: "Outlines",
    looked: "Attention",
    lookedWhy: "Where the encoder looked for mouth, eyes, brows and cheeks",
    zoomFace: "Face",
    zoomPhoto: "Whole photo",
    view: "View",
    reading: "Reading the face",
    faceOf: (n: number, all: number) => `Face ${n} of ${all}`,
    pickFace: (n: number, all: number) => `Read face ${n} of ${all}`,
    previousFace: "Previous face",
    nextFace: "Next face",
    cannotShow: "Your browser cannot show this kind of picture; the reading below is of the picture itself.",
    noFile: "That was no picture file. Drop a photo, or choose one.",
    credit: "Eileen Collins, NASA, public domain",
  },

  reading: {
    title: "Reading",
    waiting: "What the face says appears here: eight emotions, how sure the reading is, and what moves.",
    failed: "Nothing could be read.",
    confidence: "Confidence",
    intensity: "Intensity",
    valence: "Valence",
    arousal: "Arousal",
    pleasant: "pleasant",
    unpleasant: "unpleasant",
    active: "active",
    calm: "calm",
    circumplex: (valence: number, arousal: number) =>
      `Valence ${show.signed(valence)}, arousal ${show.signed(arousal)}`,
    guess: "A guess",
    guessWhy: "The reading is unsure: a larger, sharper face that looks to the camera would tell more.",
    moves: "What moves",
    still: "at rest",
    all: "All 52 coefficients",
    notSeen: "not seen",
    why: "Speaks for it",
    head: "Head",
    turn: "turn",
    nod: "nod",
    tilt: "tilt",
    download: "Reading as JSON",
    done: (emotion: string, strength: string) => `Read: ${emotion}, ${strength.toLowerCase()}.`,
    strength: (intensity: number) =>
      intensity < 0.15 ? "Barely there" : intensity < 0.4 ? "Slight" : intensity < 0.7 ? "Clear" : "Strong",
  },

  emotions: {
    neutral: "Neutral",
    happiness: "Happiness",
    sadness: "Sadness",
    anger: "Anger",
    surprise: "Surprise",
    fear: "Fear",
    disgust: "Disgust",
    contempt: "Contempt",
  } as Record<string, string>,

  regionsShort: { mouth: "Mouth", eye: "Eyes", brow: "Brows", cheek: "Cheeks" } as Record<string, string>,
  regions: { mouth: "Mouth", eye: "Eyes", brow: "Brows", cheek: "Cheeks and nose" } as Record<string, string>,

  stage: {
    title: "Re-staged",
    waiting: "At rest, until a face is read or set.",
    within: "As far as each style goes.",
    choose: (style: string) => `Character for ${style}`,
    open: (name: string) => `${name}: larger, with curves`,
    alt: (name: string, style: string, emotion: string) => `${name}, ${style}, showing ${emotion}`,
    altRest: (name: string, style: string) => `${name}, ${style}, at rest`,
    failedPicture: "This picture could not be drawn.",
    png: "PNG",
    svg: "SVG",
    json: "JSON",
    csv: "ARKit CSV",
    csvShort: "CSV",
    downloadAs: (name: string, what: string) => `Download ${name} as ${what}`,
    range: "Style range",
    rangeWhy: "The shaded span is how far this style lets a region go; marks show where the face is in it.",
    rangeOf: (region: string, low: number, high: number) =>
      `${region}: from ${show.percent(low)} to ${show.percent(high)}`,
    curves: "Curves, inside the style",
    notes: "Not carried over as it was",
    none: "Everything carried over.",
    noCast: "No character has this style yet.",
    done: (n: number) => `${n} characters show it.`,
  },

  /** Pictures of characters without a rig. */
  target: {
    title: "Painted on pictures of characters",
    add: "Character from a picture",
    option: "From a picture …",
    addWhy:
      "A character without a rig: drop its picture here, paste it while this is under the pointer, or choose a file",
    dropHere: "Drop here: a character without a rig",
    looking: "Looking at the picture",
    unnamed: "Pasted picture",
    tooMany: (most: number) => `There is room for ${most} pictures of characters. Take one away first.`,
    refused: "This picture cannot be drawn on",
    pick: "Whose face is it?",
    pickFace: (n: number, all: number) => `Draw on face ${n} of ${all}`,
    painted: "Painted",
    paintedWhy: "Painted by the mapping network, not posed by a rig: a guess, with its confidence below",
    heat: "Heat map",
    heatWhy: "Where the network looked, and where it painted",
    heats: { changed: "Painted", looked: "Looked" },
    seen: "Change seen",
    seenWhy: "The painted picture was read again: so much of the change that was asked for shows in it",
    atRest: "As it is",
    remove: (name: string) => `Take ${name} off the desk`,
    open: (name: string) => `${name}: larger, before and after`,
    alt: (name: string) => `${name}, painted with the expression`,
    altRest: (name: string) => `${name}, as it is`,
    before: "Before",
    after: "Painted",
    changed: (share: number) => `${show.percent(share)} of the picture's pixels are changed; the rest is untouched.`,
    where: "The picture is kept in this browser alone, and sent to the service with each drawing.",
  },

  library: {
    title: "Closest in the library",
    titleBrowse: "The library",
    found: (n: number) => (n === 1 ? "1 expression" : `${show.count(n)} expressions`),
    byStyle: "By style",
    emptyLibrary: "The library holds nothing yet.",
    emptyLibraryHint: "Fill it with 'mien demo' or 'mien add', or keep a frame of your camera.",
    holds: (n: number) => `${show.count(n)} expressions`,
    total: (shown: number, total: number) => `${show.count(shown)} of ${show.count(total)}`,
    words: "Describe an expression",
    wordsExample: "smug half smile, brow up",
    styles: "Styles",
    characters: "Characters",
    anyCharacter: "Any character",
    tags: "Tags",
    addTag: "Add a tag",
    remove: (what: string) => `Remove ${what}`,
    clear: "Clear all",
    score: "Score",
    empty: "Nothing passes all of these filters.",
    emptyHint: "Take one away, or clear them all.",
    why: "Why it is here",
    sum: (value: number, weight: number, contribution: number) =>
      `${show.decimal(value)} × ${show.decimal(weight)} = ${show.decimal(contribution)}`,
    moreLike: "More like this",
    frame: (n: number) => `frame ${n}`,
    picture: (name: string, words: string) => `${name}: ${words}`,
    done: (total: number) => `${show.count(total)} expressions found.`,
    noneDone: "No expression found.",
    unknownCharacter: "Unknown",
  },

  factors: {
    look: "Shapes",
    words: "Words",
    emotion: "Emotion",
    style: "Style",
    temporal: "Fit in time",
    character: "Character",
    preference: "Taste",
    rating: "Rating",
    repetition: "Repetition",
  } as Record<string, string>,

  query: {
    title: "Query",
    filters: "Filters",
    set: (n: number) => `${show.count(n)} set`,
  },

  asked: {
    nothing: "Everything is shown. Ask by words, a photo, a feeling or sliders; all of them combine.",
    words: (words: string) => `“${words}”`,
    photo: "Looks like the photo",
    face: "Looks like a kept face",
    like: "Like the chosen one",
    unlike: "Unlike the other",
    stars: (n: number) => (n === 5 ? "5 stars" : `${n} stars and up`),
    area: (n: number) => (n === 1 ? "1 from the map" : `${show.count(n)} from the map`),
  },

  wheel: {
    title: "Emotion",
    puck: "Feeling; arrow keys move it, Delete takes it away",
    hint: "Drag the point, or press a feeling.",
    active: "active",
    calm: "calm",
    pleasant: "pleasant",
  },

  sliders: {
    title: "Face controls",
    regions: "Region",
    who: "Character that follows the sliders",
    follows: (name: string) => `${name}, following the sliders`,
    apart: "Left and right apart",
    rest: "All at rest",
  },

  bars: {
    title: "Controls in the style's range",
    range: (low: number, high: number) => `${show.percent(low)} to ${show.percent(high)}`,
  },

  detail: {
    title: "Detail",
    empty: "Choose an expression to look closely.",
    emptyHint: "Arrow keys walk through the results, Enter opens one.",
    shows: { live: "Character", picture: "Picture" },
    notLooked: "The encoder was not asked about this picture.",
    previous: "Previous result",
    next: "Next result",
    emotion: "Emotion",
    others: "The same expression in other styles",
    neighbours: "Closest in other styles",
    notes: "Words and tags",
    wordsLabel: "What it shows",
    wordsHint: "Say what it shows",
    addTag: "Add a tag",
    take: "Take it along",
    this: "this expression",
    provenance: "Where it is from",
    production: "Production",
    shot: "Shot",
    frame: "Frame",
    source: "Source",
    added: "Added",
    id: "Id",
  },

  rating: {
    yours: "Your rating",
    of: (name: string) => `Rating of ${name}`,
    stars: (n: number) => (n === 1 ? "1 star" : `${n} stars`),
    short: (n: number) => `★ ${number.format(n)}`,
    mean: (n: number) => `all: ${number.format(Math.round(n * 10) / 10)}`,
    atLeast: "Stars, at least",
    less: "Less of that",
  },

  compare: {
    title: "Expressions side by side, with the controls in which they differ",
    one: "Compare",
    button: (n: number) => (n ? `Compare (${n})` : "Compare"),
    how: "Pick two to four with the compare button on their pictures, or with C",
    toggle: (name: string) => `Compare ${name}`,
    remove: (name: string) => `Take ${name} out of the comparison`,
    tray: "Picked for comparison",
    same: "These say the same, as far as their controls tell.",
  },

  refine: {
    title: "Refine the ranking",
    took: (ms: number) => `${number.format(Math.round(ms))} ms`,
    taught: (rated: number, refused: number) => `${number.format(rated)} rated, ${number.format(refused)} turned down`,
    forWhom: "For",
    usual: "Usual weights",
    why: {
      look: "How alike the shapes of the face are to what was asked",
      words: "How well the description fits your words",
      emotion: "How near the feeling is",
      style: "Whether it is in the style of the character it is for",
      temporal: "How well it fits between its neighbours in time",
      character: "Whether the character it is for shows it, or could",
      preference: "What you rated, opened and turned down before",
    } as Record<string, string>,
  },

  learning: {
    production: "Production",
    anyProduction: "No production",
    button: "What was learned",
    title: (name: string) => `What the ranking of ${name} learned`,
    offer: (name: string) => `A choice between two would teach the ranking of ${name}.`,
    askMe: "Ask me",
    notNow: "Not now",
    question: "Which of these two fits better?",
    same: "Neither more",
    nothingToAsk: "There is nothing to ask about these results.",
    verdict: ({
      followed,
      learning,
      learned,
    }: {
      followed: boolean;
      learning: string;
      learned: { signals: number };
    }) =>
      followed
        ? "The ranking follows what was learned."
        : learned.signals === 0
          ? "Nothing was learned yet. Stars, choices and what is turned down teach it."
          : learning === "off"
            ? "What was learned is not followed: it is switched off."
            : "What was learned is not followed yet: the log does not show for sure that it helps.",
    evidence: (searches: number, signals: number) =>
      `Learned from ${plural(signals, "star, choice or refusal", "stars, choices and refusals")} in ${plural(searches, "search", "searches")}.`,
    estimate: (gain: number, low: number, high: number) =>
      `By the log, a hit would be worth ${show.signed(gain)} (${show.signed(low)} to ${show.signed(high)}).`,
    criterion: "Criterion",
    before: "Before",
    after: "Learned",
    change: "Change",
    follow: "Follow it once the log shows that it helps",
    forget: "Forget it",
    forgetWhy: "Forgetting begins anew from here; stars stay with their expressions.",
  },

  keys: {
    title: "Keys",
    list: [
      ["← ↑ → ↓", "walk through the results"],
      ["Enter", "look closely"],
      ["R", "rate in the detail"],
      ["1 to 5", "give stars, 0 takes them away"],
      ["C", "pick for comparison"],
      ["M", "more like this"],
      ["X", "less of that"],
      ["Esc", "close the detail"],
    ] as readonly (readonly [string, string])[],
  },

  adding: {
    add: "Add pictures",
    label: "Pictures read",
    running: (done: number, total: number) => `Reading ${show.count(done)} of ${show.count(total)}`,
    done: (added: number, skipped: number, failed: number) =>
      [
        `${show.count(added)} added`,
        ...(skipped ? [`${show.count(skipped)} there already`] : []),
        ...(failed ? [`${show.count(failed)} could not be read`] : []),
      ].join(", "),
    lost: (added: number) =>
      `The service stopped after ${show.count(added)}. Add the same pictures again: what is there is not added twice.`,
    stop: "Stop adding",
  },

  embedding: {
    label: "Expressions embedded anew",
    running: (done: number, total: number) => `Embedding ${show.count(done)} of ${show.count(total)}`,
    why: "Another version of mien made this library. Searches find what this version has embedded; you can go on working.",
    partly: (n: number, all: number) =>
      `Searches find ${show.count(n)} of ${show.count(all)} expressions until the library is embedded for this version.`,
    stop: "Stop embedding",
    missing: (n: number) =>
      n === 1
        ? "1 expression was embedded by another version of mien and is not found by searches."
        : `${show.count(n)} expressions were embedded by another version of mien and are not found by searches.`,
    start: "Embed them anew",
  },

  live: {
    title: "Camera",
    invite: "Act it yourself",
    hint: "Your characters follow your face. Frames are read on this machine and forgotten.",
    start: "Start the camera",
    stop: "Stop",
    hold: "Hold",
    goOn: "Go on",
    find: "Find this",
    keep: "Keep in the library",
    kept: "Kept. It is in the library with the tag webcam.",
    video: "Your camera",
    cast: "Characters that follow",
    follows: (name: string) => `${name}, following the camera`,
    waiting: "The first frame is being read.",
    measuring: "measuring",
    pace: (perSecond: number, ms: number) =>
      `${tenths.format(perSecond)} frames a second, ${number.format(Math.round(ms))} ms behind you`,
    mirror: "Mirror",
    noCamera: "No camera was found. Connect one and try again.",
    denied: "The browser keeps the camera from this page. Allow it beside the address, and try again.",
  },

  map: {
    title: "Map of the library",
    how: "Near each other is alike. Drag to move, scroll to come closer, press a point to open it.",
    lassoHow: "Draw around the expressions you want.",
    label: (n: number) =>
      `Map of ${show.count(n)} expressions. Arrow keys move, plus and minus zoom, Enter opens the one in the middle.`,
    colour: "Coloured by",
    by: { emotion: "Emotion", style: "Style" },
    lasso: "Lasso",
    closer: "Closer",
    farther: "Farther",
    whole: "The whole map",
    making: "Laying out the map. The first time takes a moment.",
    showThem: "Show them",
    letGo: "Let go",
  },

  dialog: { close: "Close" },

  problems: {
    title: "That did not work",
    again: "Try again",
    offline: "The studio does not answer.",
    offlineHint: "Is ‘mien serve’ still running? The page goes on by itself as soon as it is.",
    refused: (status: number) => `The studio answered ${status}. Try again.`,
    tooLarge: (bytes: number) => `That picture has ${show.megabytes(bytes)}; the most is 20 MB. Make it smaller first.`,
    unexpected: "Something broke on the page. Reload it and try again.",
    start: "The studio could not be loaded.",
  },
} as const;

/** `mouthSmileLeft` -> `mouth smile, left`. */
export function wordsOf(coefficient: string): string {
  const words = coefficient.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.replace(/ (left|right)$/, ", $1");
}

/** `mouth_corner_left` -> `mouth corner, left`. */
export function wordsOfControl(control: string): string {
  return control.replaceAll("_", " ").replace(/ (left|right)$/, ", $1");
}
