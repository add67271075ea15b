// What is asked of the library: every part a signal, and the one request that they come to.

import { computed, signal } from "@preact/signals";
import type { Control, SearchRequest } from "../api/types";
import type { Asked } from "./arkit";
import { controls } from "./catalog";
import { REST, type Values, withControls } from "./controls";
import { expression, hold, looksLike, PHOTO, photo } from "./photo";
import { production } from "./production";
import { user } from "./ratings";

export const words = signal("");
export const emotion = signal<Readonly<Record<string, number>>>({});
/** Controls that were set, by name; those at rest are not there. */
export const sliders = signal<Values>({});
/** Should the photo's expression count? */
export const withPhoto = signal(true);
/** Id of the asset that more are wanted like. */
export const like = signal<string | null>(null);
/** Id of the asset that less is wanted like. */
export const unlike = signal<string | null>(null);
export const styles = signal<readonly string[]>([]);
export const characters = signal<readonly string[]>([]);
export const tags = signal<readonly string[]>([]);
export const minRating = signal(0);
/** Ids inside the lasso on the map, and its corners; null where there is none. */
export const area = signal<readonly (readonly [number, number])[] | null>(null);
export const areaIds = signal<readonly string[]>([]);
/** Weights of criteria that differ from the usual ones. */
export const weights = signal<Readonly<Record<string, number>>>({});
/** The character that the shot is for, "" for anybody. */
export const forWhom = signal("");

/** The face that is asked for, with the sliders' say. */
export const face = computed<Asked | null>(() =>
  withControls(withPhoto.value ? expression.value : null, sliders.value, controls.value),
);

export interface Wishes {
  readonly words: string;
  readonly emotion: Readonly<Record<string, number>>;
  readonly face: Asked | null;
  /** What that face looks like: a photo, or a style. */
  readonly look: string;
  readonly like: string | null;
  readonly unlike: string | null;
  readonly styles: readonly string[];
  readonly characters: readonly string[];
  readonly tags: readonly string[];
  readonly minRating: number;
  readonly ids: readonly string[];
  readonly weights: Readonly<Record<string, number>>;
  readonly forWhom: string;
  readonly user: string;
  readonly production: string;
}

export const request = computed<SearchRequest>(() =>
  requestOf({
    words: words.value,
    emotion: emotion.value,
    face: face.value,
    look: looksLike.value,
    like: like.value,
    unlike: unlike.value,
    styles: styles.value,
    characters: characters.value,
    tags: tags.value,
    minRating: minRating.value,
    ids: area.value ? areaIds.value : [],
    weights: weights.value,
    forWhom: forWhom.value,
    user: user.value,
    production: production.value,
  }),
);

/** Only what was asked goes into the request. */
export function requestOf(wishes: Wishes): SearchRequest {
  const felt = Object.entries(wishes.emotion).filter(([, share]) => share > 0);
  const hasContext = wishes.forWhom || wishes.user || wishes.production || Object.keys(wishes.weights).length > 0;
  return {
    ...(wishes.words.trim() ? { text: wishes.words.trim() } : {}),
    ...(felt.length ? { emotion: Object.fromEntries(felt) } : {}),
    ...(wishes.face ? { expression: wishes.face } : {}),
    ...(wishes.face && wishes.look !== PHOTO ? { looks_like: wishes.look } : {}),
    ...(wishes.like ? { like: wishes.like } : {}),
    ...(wishes.unlike ? { unlike: wishes.unlike } : {}),
    ...(wishes.styles.length ? { styles: [...wishes.styles] } : {}),
    ...(wishes.characters.length ? { characters: [...wishes.characters] } : {}),
    ...(wishes.tags.length ? { tags: [...wishes.tags] } : {}),
    ...(wishes.minRating > 0 ? { min_rating: wishes.minRating } : {}),
    ...(wishes.ids.length ? { ids: [...wishes.ids] } : {}),
    ...(hasContext
      ? {
          context: {
            ...(wishes.forWhom ? { character: wishes.forWhom } : {}),
            ...(wishes.user ? { user: wishes.user } : {}),
            ...(wishes.production ? { production: wishes.production } : {}),
            ...(Object.keys(wishes.weights).length ? { weights: { ...wishes.weights } } : {}),
          },
        }
      : {}),
  };
}

/** Is anything asked at all, filters included? */
export const isAsked = computed(() => Object.keys(request.value).some((key) => key !== "context"));

/** Is there anything to score by, beyond filters? */
export const isScored = computed(() =>
  ["text", "emotion", "expression", "like", "unlike"].some((key) => key in request.value),
);

/** A tag as it is kept, however it was typed: many write the # along. */
export function asTag(typed: string): string {
  return typed
    .trim()
    .replace(/^[#＃]+\s*/, "")
    .toLowerCase();
}

export function toggled(list: readonly string[], item: string): readonly string[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

export function setEmotion(name: string, share: number): void {
  const { [name]: _, ...rest } = emotion.value;
  emotion.value = share > 0 ? { ...rest, [name]: share } : rest;
}

/** Set some controls; at rest they are asked no more. */
export function setControls(changed: readonly Control[], value: number): void {
  const next: Record<string, number> = { ...sliders.value };
  for (const { name } of changed) {
    // One step of a slider, 0.01, is away from rest already.
    if (Math.abs(value - REST) < 0.005) delete next[name];
    else next[name] = Math.round(value * 100) / 100;
  }
  sliders.value = next;
}

export function setWeight(criterion: string, value: number, usual: number): void {
  const { [criterion]: _, ...rest } = weights.value;
  weights.value = Math.abs(value - usual) < 0.005 ? rest : { ...rest, [criterion]: Math.round(value * 100) / 100 };
}

/** Ask by the photo no more: it stays and can be asked by again, but a face without one has nowhere to stay. */
export function leaveFace(): void {
  withPhoto.value = false;
  if (!photo.value) hold(null);
}

export function clearQuery(): void {
  words.value = "";
  emotion.value = {};
  sliders.value = {};
  like.value = null;
  unlike.value = null;
  styles.value = [];
  characters.value = [];
  tags.value = [];
  minRating.value = 0;
  area.value = null;
  leaveFace();
}
