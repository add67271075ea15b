import { expect, test } from "vitest";
import type { Control } from "../src/api/types";
import { asTag, requestOf, setControls, sliders, toggled, type Wishes } from "../src/state/query";

const nothing: Wishes = {
  words: "",
  emotion: {},
  face: null,
  look: "photo",
  like: null,
  unlike: null,
  styles: [],
  characters: [],
  tags: [],
  minRating: 0,
  ids: [],
  weights: {},
  forWhom: "",
  user: "",
  production: "",
};

test("nothing asked is a request for everything", () => {
  expect(requestOf(nothing)).toEqual({});
  expect(requestOf({ ...nothing, words: "   ", emotion: { fear: 0 } })).toEqual({});
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
    minRating: 3,
    ids: ["abc"],
  });
  expect(request).toEqual({
    text: "smug half smile",
    emotion: { happiness: 0.7 },
    like: "abc",
    styles: ["anime"],
    characters: ["mika"],
    tags: ["wink"],
    min_rating: 3,
    ids: ["abc"],
  });
});

test("whose taste counts, for whom it is and how much each criterion weighs are the context", () => {
  const request = requestOf({ ...nothing, user: "ada", forWhom: "mika", weights: { emotion: 0.9 } });
  expect(request).toEqual({ context: { user: "ada", character: "mika", weights: { emotion: 0.9 } } });
});

test("the production at work is named, so that its ranking is followed", () => {
  expect(requestOf({ ...nothing, production: "Night Shift" })).toEqual({ context: { production: "Night Shift" } });
});

test("a filter is put on and taken off", () => {
  expect(toggled(["a"], "b")).toEqual(["a", "b"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
});

test("a tag may be typed with its #", () => {
  expect([" #Hero Shot", "＃夜", "## ", "c#"].map(asTag)).toEqual(["hero shot", "夜", "", "c#"]);
});

test("a slider leaves rest with its first step, and comes back to it", () => {
  const jaw = { name: "jaw_open" } as Control;
  setControls([jaw], 0.5 + 2 / 200);
  expect(sliders.value).toEqual({ jaw_open: 0.51 });
  setControls([jaw], 0.5 - 2 / 200);
  expect(sliders.value).toEqual({ jaw_open: 0.49 });
  setControls([jaw], 0.5);
  expect(sliders.value).toEqual({});
});
