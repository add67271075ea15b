// Every word the page shows, in one place.

const number = new Intl.NumberFormat("en");
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const signed = new Intl.NumberFormat("en", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});

export const show = {
  count: (n: number) => number.format(n),
  percent: (n: number) => percent.format(n),
  decimal: (n: number) => decimal.format(n),
  signed: (n: number) => signed.format(n),
  degrees: (radians: number) => `${Math.round((radians * 180) / Math.PI)}°`,
  megabytes: (bytes: number) => `${number.format(Math.round(bytes / 1e5) / 10)} MB`,
};

export const text = {
  name: "mien",
  promise: "Read the expression on a face, re-stage it on any character, find it again in your library.",
  privacy: "Photos stay on this machine.",
  skip: "Skip to the results",
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
    exampleName: "astronaut.jpg",
    another: "Another photo",
    clear: "Remove the photo",
    dropHere: "Drop it anywhere",
    alt: "Your photo",
    contours: "Outlines",
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
    waiting: "The same cast, at rest. With a photo they take up its expression, each as far as its style allows.",
    within: "Each as far as its style lets a face go.",
    choose: (style: string) => `Character for ${style}`,
    open: (name: string) => `${name}: larger, with curves`,
    alt: (name: string, style: string, emotion: string) => `${name}, ${style}, showing ${emotion}`,
    altRest: (name: string, style: string) => `${name}, ${style}, at rest`,
    failedPicture: "This picture could not be drawn.",
    png: "PNG",
    svg: "SVG",
    json: "JSON",
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

  library: {
    title: "Closest in the library",
    titleBrowse: "In the library",
    holds: (n: number) => `${show.count(n)} expressions`,
    total: (shown: number, total: number) => `${show.count(shown)} of ${show.count(total)}`,
    words: "Describe an expression",
    wordsExample: "smug half smile, one brow up",
    emotion: "Emotion",
    emotionHint: "How much of each you want",
    styles: "Styles",
    characters: "Characters",
    anyCharacter: "Any character",
    tags: "Tags",
    addTag: "Add a tag",
    looksLike: "Looks like the photo",
    like: "Like the chosen one",
    remove: (what: string) => `Remove ${what}`,
    clear: "Clear all",
    more: "Show more",
    loadingMore: "Loading",
    score: "Score",
    scoreOf: (score: number) => `score ${show.decimal(score)}`,
    empty: "Nothing passes all of these filters.",
    emptyHint: "Take one away, or clear them all.",
    why: "Why it is here",
    whyNot: "Nothing was asked but the filters, so there is nothing to score.",
    sum: (value: number, weight: number, contribution: number) =>
      `${show.decimal(value)} × ${show.decimal(weight)} = ${show.decimal(contribution)}`,
    moreLike: "More like this",
    frame: (n: number) => `frame ${n}`,
    picture: (name: string, words: string) => `${name}: ${words}`,
    find: "Search",
    done: (total: number) => `${show.count(total)} expressions found.`,
    noneDone: "No expression found.",
    unknownCharacter: "Unknown",
  },

  factors: {
    look: "Shapes of the face",
    words: "Words",
    emotion: "Emotion",
    style: "Style",
    temporal: "Neighbours in time",
    character: "Character",
    preference: "Taste",
    rating: "Rating",
    repetition: "Repeats a better one",
  } as Record<string, string>,

  dialog: { close: "Close" },

  problems: {
    title: "That did not work",
    again: "Try again",
    offline: "The studio does not answer. Is 'mien serve' still running?",
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
