import { expect, test } from "vitest";
import { de } from "../src/languages/de";
import { en, type Words } from "../src/languages/en";
import { formats } from "../src/languages/format";
import { fr } from "../src/languages/fr";
import { ja } from "../src/languages/ja";
import { ARKIT } from "../src/state/arkit";
import {
  chooseLanguage,
  LANGUAGES,
  language,
  show,
  speak,
  text,
  wished,
  wordsOf,
  wordsOfControl,
} from "../src/strings";

const OTHERS: [string, Words][] = [
  ["de", de],
  ["fr", fr],
  ["ja", ja],
];

type Leaf = string | ((...given: never[]) => string);

/** `photo.faceOf` -> what is said there. */
function leaves(words: object, path = ""): [string, Leaf][] {
  return Object.entries(words).flatMap(([key, value]) => {
    const at = path ? `${path}.${key}` : key;
    return typeof value === "object" ? leaves(value as object, at) : [[at, value as Leaf] as [string, Leaf]];
  });
}

/** Numbers as they are said, however a language writes them; sorted. */
function numbers(said: string): string[] {
  const plain = said.replace(/[−‑]/g, "-").replace(/(\d)[.,\s {2}](?=\d)/g, "$1.");
  return (plain.match(/\d+(\.\d+)?/g) ?? []).sort();
}

/** Takes an object, not numbers or names: tested by itself. */
const TAKES_MORE = "learning.verdict";

test.each(OTHERS)("%s says all that English says, and nothing else", (_, words) => {
  expect(leaves(words).map(([path]) => path)).toEqual(leaves(en).map(([path]) => path));
  for (const [path, leaf] of leaves(words)) {
    if (typeof leaf === "string") expect(leaf.trim(), path).not.toBe("");
  }
});

test.each(OTHERS)("%s says every number and every name that English says", (_, words) => {
  const other = new Map(leaves(words));
  let tried = 0;
  for (const [path, leaf] of leaves(en)) {
    if (typeof leaf !== "function" || path === TAKES_MORE) continue;
    const call = (of: Leaf | undefined, given: unknown[]) => (of as (...g: unknown[]) => string)(...given);
    for (const given of [
      [1, 1, 1],
      [2, 3, 4],
      [5, 6, 7],
      [0, 0, 0],
    ]) {
      let said: string;
      try {
        said = call(leaf, given);
      } catch {
        continue;
      }
      expect(numbers(call(other.get(path), given)), `${path}(${given})`).toEqual(numbers(said));
      tried += 1;
    }
    const names = ["Qax", "Qbx", "Qcx"];
    const lower = (said: string) => said.toLowerCase();
    let said: string;
    try {
      said = lower(call(leaf, names));
    } catch {
      continue;
    }
    for (const name of names.map(lower)) {
      if (said.includes(name)) expect(lower(call(other.get(path), names)), path).toContain(name);
    }
    tried += 1;
  }
  expect(tried).toBeGreaterThan(200);
});

test("whether what was learned is followed is said in four ways in every language", () => {
  for (const [, words] of [["en", en] as const, ...OTHERS]) {
    const ways = [
      { followed: true, learning: "auto", learned: { signals: 9 } },
      { followed: false, learning: "auto", learned: { signals: 0 } },
      { followed: false, learning: "off", learned: { signals: 9 } },
      { followed: false, learning: "auto", learned: { signals: 9 } },
    ].map(words.learning.verdict);
    expect(new Set(ways).size).toBe(4);
    expect(words.reading.because("Qax", ["Qbx", "Qcx"])).toMatch(/Qax.*Qbx.*Qcx/);
  }
});

test("numbers, days and plurals are written as the language does", () => {
  expect(formats("de").count(1234567)).toBe("1.234.567");
  expect(formats("de").decimal(0.5)).toBe("0,50");
  expect(formats("fr").percent(0.3)).toMatch(/^30\s%$/);
  expect(formats("ja").date("2026-11-27T12:00:00Z")).toBe("2026/11/27");
  expect(de.library.found(1)).toBe("1 Ausdruck");
  expect(de.library.found(0)).toBe("0 Ausdrücke");
  // In French nothing is singular, too.
  expect(fr.library.found(0)).toBe("0 expression");
  expect(fr.library.found(2)).toBe("2 expressions");
});

test("every coefficient has a name in every language", () => {
  for (const [, words] of OTHERS) {
    for (const name of ARKIT) {
      const stem = name.replace(/(Left|Right)$/, "");
      expect(words.coefficients[name] ?? words.coefficients[stem], name).toBeTruthy();
    }
  }
});

test("the page speaks what was chosen, else what the browser prefers, else English", async () => {
  expect(wished(["it-IT", "fr-CA", "de"])).toBe("fr");
  expect(wished(["it"])).toBe("en");
  expect(wished([])).toBe("en");
  await chooseLanguage("ja");
  expect(wished(["fr"])).toBe("ja");
  expect(language()).toBe("ja");
  expect(text.photo.title).toBe("写真");
  expect(wordsOf("mouthSmileLeft")).toBe("口角を上げる（左）");
  expect(wordsOf("shape of the mouth")).toBe("口の形");
  expect(wordsOfControl("lid_right")).toBe("まぶた（右）");
  expect(show.percent(0.5)).toBe("50%");
  for (const tag of Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]) await speak(tag);
  await chooseLanguage("en");
  expect(text.photo.title).toBe("Photo");
});
