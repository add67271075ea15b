// Every word the page shows, in the language of whoever looks at it; English until that has come, and where it is missing.

import { signal } from "@preact/signals";
import { en, type Words } from "./languages/en";
import { type Formats, formats } from "./languages/format";
import { remembered } from "./state/memory";

/** Languages by their tags, as they call themselves. */
export const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français", ja: "日本語" } as const;
export type Language = keyof typeof LANGUAGES;

const FILES: Record<Exclude<Language, "en">, () => Promise<Words>> = {
  de: () => import("./languages/de").then((file) => file.de),
  fr: () => import("./languages/fr").then((file) => file.fr),
  ja: () => import("./languages/ja").then((file) => file.ja),
};

const chosen = remembered<Language | null>("mien.language", null);
const spoken = signal<{ language: Language; words: Words; formats: Formats }>({
  language: "en",
  words: en,
  formats: formats("en"),
});

/** Whatever reads a word shows it anew when the language changes. */
export const text = following(() => spoken.value.words);
export const show = following(() => spoken.value.formats);

function following<T extends object>(now: () => T): T {
  return new Proxy({} as T, { get: (_, name) => now()[name as keyof T] });
}

export function language(): Language {
  return spoken.value.language;
}

/** What the person chose, else the first of the browser's languages that the page speaks. */
export function wished(preferred: readonly string[]): Language {
  const known = (tag: string): tag is Language => Object.hasOwn(LANGUAGES, tag);
  if (chosen.value && known(chosen.value)) return chosen.value;
  return preferred.map((tag) => tag.toLowerCase().split("-")[0] ?? "").find(known) ?? "en";
}

/** Speak a language once its words have come; as before where they cannot be had. */
export async function speak(tag: Language): Promise<void> {
  const words = tag === "en" ? en : await FILES[tag]().catch(() => null);
  if (words) spoken.value = { language: tag, words, formats: formats(tag) };
}

export function chooseLanguage(tag: Language): Promise<void> {
  chosen.value = tag;
  return speak(tag);
}

/** `mouthSmileLeft` -> `mouth smile, left`. */
export function wordsOf(coefficient: string): string {
  const known = text.coefficients[coefficient] ?? text.reasons[coefficient];
  if (known) return known;
  const [, stem = coefficient, side = ""] = /^(.*?)(Left|Right)?$/.exec(coefficient) ?? [];
  const words = text.coefficients[stem] ?? stem.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return sided(words, side);
}

/** `mouth_corner_left` -> `mouth corner, left`. */
export function wordsOfControl(control: string): string {
  const [, stem = control, side = ""] = /^(.*?)(?:_(left|right))?$/.exec(control) ?? [];
  return sided(text.controls[stem] ?? stem.replaceAll("_", " "), side);
}

function sided(words: string, side: string): string {
  const put = { left: text.sides.left, right: text.sides.right }[side.toLowerCase()];
  return put ? put(words) : words;
}
