import { expect, test } from "vitest";
import { requestOf, toggled, type Wishes } from "../src/state/query";

const nothing: Wishes = { words: "", emotion: {}, expression: null, like: null, styles: [], characters: [], tags: [] };

test("nothing asked is a request for the first page and no more", () => {
  expect(requestOf(nothing)).toEqual({ limit: 30 });
  expect(requestOf({ ...nothing, words: "   ", emotion: { fear: 0 } })).toEqual({ limit: 30 });
});

test("words, emotion, filters and another asset all combine", () => {
  const request = requestOf({
    ...nothing,
    words: " smug half smile ",
    emotion: { happiness: 0.7, fear: 0 },
    like: "abc",
    styles: ["anime"],
    characters: ["mika"],
    tags: ["wink"],
  });
  expect(request).toEqual({
    limit: 30,
    text: "smug half smile",
    emotion: { happiness: 0.7 },
    like: "abc",
    styles: ["anime"],
    characters: ["mika"],
    tags: ["wink"],
  });
});

test("a filter is put on and taken off", () => {
  expect(toggled(["a"], "b")).toEqual(["a", "b"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
});
