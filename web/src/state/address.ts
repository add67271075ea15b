// The address bar holds what is asked and looked at: a link restores it, back and forward step through it.

import { effect, untracked } from "@preact/signals";
import { type Asked, decodeExpression, encodeExpression } from "./arkit";
import * as desk from "./desk";
import { EMOTIONS } from "./face";
import { expression, hold, looksLike, PHOTO, reading } from "./photo";
import * as query from "./query";
import { grouped } from "./results";

/** How long it must be quiet before a change becomes a step of its own. */
const SETTLED_MS = 500;

export interface Written {
  readonly words: string;
  readonly emotion: Readonly<Record<string, number>>;
  readonly sliders: Readonly<Record<string, number>>;
  readonly face: Asked | null;
  /** What that face looked like: a photo, or a style. */
  readonly look: string;
  readonly like: string | null;
  readonly unlike: string | null;
  readonly styles: readonly string[];
  readonly characters: readonly string[];
  readonly tags: readonly string[];
  readonly minRating: number;
  readonly area: readonly (readonly [number, number])[] | null;
  readonly weights: Readonly<Record<string, number>>;
  readonly forWhom: string;
  readonly grouped: boolean;
  readonly view: desk.View;
  readonly opened: string | null;
  readonly compared: readonly string[];
  readonly comparing: boolean;
}

export function write(state: Written): string {
  const out = new URLSearchParams();
  const put = (key: string, value: string) => {
    if (value) out.set(key, value);
  };
  put("view", state.view === "search" ? "" : state.view);
  put("q", state.words.trim());
  put("feel", pairs(state.emotion));
  put("set", pairs(state.sliders));
  put("face", state.face ? encodeExpression(state.face) : "");
  put("look", state.face && state.look !== PHOTO ? state.look : "");
  put("like", state.like ?? "");
  put("unlike", state.unlike ?? "");
  put("style", state.styles.join(","));
  put("who", state.characters.join(","));
  for (const tag of state.tags) out.append("tag", tag);
  put("stars", state.minRating ? String(state.minRating) : "");
  put("area", (state.area ?? []).map(([x, y]) => `${x.toFixed(3)}_${y.toFixed(3)}`).join("~"));
  put("weigh", pairs(state.weights));
  put("for", state.forWhom);
  put("by", state.grouped ? "style" : "");
  put("open", state.opened ?? "");
  put("compare", state.compared.join(","));
  put("beside", state.comparing ? "yes" : "");
  const text = out.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%7E", "~");
  return text ? `?${text}` : "";
}

export function read(search: string): Written {
  const given = new URLSearchParams(search);
  const list = (key: string) => (given.get(key) ?? "").split(",").filter(Boolean);
  const view = given.get("view");
  const corners = (given.get("area") ?? "").split("~").flatMap((corner) => {
    const [x, y] = corner.split("_").map(Number);
    return x !== undefined && y !== undefined && Number.isFinite(x) && Number.isFinite(y) ? [[x, y] as const] : [];
  });
  const face = given.get("face");
  const rating = Number(given.get("stars") ?? 0);
  return {
    words: (given.get("q") ?? "").slice(0, 500),
    emotion: feelings(numbers(given.get("feel"), 0, 1)),
    sliders: numbers(given.get("set"), 0, 1),
    face: face ? decodeExpression(face) : null,
    look: given.get("look") ?? PHOTO,
    like: given.get("like"),
    unlike: given.get("unlike"),
    styles: list("style"),
    characters: list("who"),
    tags: given.getAll("tag"),
    minRating: rating >= 0 && rating <= 5 ? rating : 0,
    area: corners.length > 2 ? corners : null,
    weights: numbers(given.get("weigh"), 0, 2),
    forWhom: given.get("for") ?? "",
    grouped: given.get("by") === "style",
    view: desk.VIEWS.find((one) => one === view) ?? "search",
    opened: given.get("open"),
    compared: list("compare").slice(0, desk.MOST_COMPARED),
    comparing: given.get("beside") === "yes" && list("compare").length > 1,
  };
}

function pairs(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}:${Math.round(value * 100) / 100}`)
    .join(",");
}

function numbers(text: string | null, low: number, high: number): Record<string, number> {
  const out: Record<string, number> = {};
  for (const part of (text ?? "").split(",")) {
    const [name, value] = part.split(":");
    const number = Number(value);
    if (name && value && number >= low && number <= high) out[name] = number;
  }
  return out;
}

/** Only those that there are: an address may be mistyped, or of another version. */
function feelings(given: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => (EMOTIONS as readonly string[]).includes(name)));
}

function now(): Written {
  return {
    words: query.words.value,
    emotion: query.emotion.value,
    sliders: query.sliders.value,
    face: query.withPhoto.value ? expression.value : null,
    look: looksLike.value,
    like: query.like.value,
    unlike: query.unlike.value,
    styles: query.styles.value,
    characters: query.characters.value,
    tags: query.tags.value,
    minRating: query.minRating.value,
    area: query.area.value,
    weights: query.weights.value,
    forWhom: query.forWhom.value,
    grouped: grouped.value,
    view: desk.view.value,
    opened: desk.opened.value?.asset.id ?? null,
    compared: [...desk.compared.value.map(({ id }) => id), ...desk.awaited.value],
    comparing: desk.isComparing.value,
  };
}

function apply(state: Written): void {
  query.words.value = state.words;
  query.emotion.value = state.emotion;
  query.sliders.value = state.sliders;
  query.like.value = state.like;
  query.unlike.value = state.unlike;
  query.styles.value = state.styles;
  query.characters.value = state.characters;
  query.tags.value = state.tags;
  query.minRating.value = state.minRating;
  query.area.value = state.area;
  query.weights.value = state.weights;
  query.forWhom.value = state.forWhom;
  grouped.value = state.grouped;
  desk.view.value = state.view;
  const current = expression.value;
  if (!state.face) {
    query.leaveFace();
  } else {
    // The photo itself is in no address: it stays where its face is the one that is meant.
    if (!current || encodeExpression(current) !== encodeExpression(state.face)) hold(state.face, state.look);
    query.withPhoto.value = true;
  }
  desk.isComparing.value = state.comparing;
  void desk.compareByIds(state.compared);
  if (state.opened) void desk.openById(state.opened);
  else {
    desk.opened.value = null;
    desk.isGone.value = false;
  }
}

/** Restore what the address says, then keep the address true. Returns how to stop. */
export function follow(window: Window): () => void {
  const restore = () => apply(read(window.location.search));
  if (window.location.search) restore();
  window.addEventListener("popstate", restore);
  let settling: ReturnType<typeof setTimeout> | undefined;
  let isFirst = true;
  const stop = effect(() => {
    const address = write(now());
    const isReading = reading.value.status === "busy";
    clearTimeout(settling);
    if (isFirst) {
      isFirst = false;
      return;
    }
    // What is being read will be in the address in a moment.
    if (isReading) return;
    settling = setTimeout(() => {
      const asked = untracked(() => write(now()));
      if (asked === (window.location.search || "") || asked !== address) return;
      window.history.pushState(null, "", window.location.pathname + asked);
    }, SETTLED_MS);
  });
  return () => {
    window.removeEventListener("popstate", restore);
    clearTimeout(settling);
    stop();
  };
}
