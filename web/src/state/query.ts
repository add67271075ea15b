// What is asked of the library, and what came back.

import { computed, effect, signal } from "@preact/signals";
import * as api from "../api/client";
import type { Asset, Expression, Hit, SearchRequest } from "../api/types";
import { expression, reading } from "./photo";
import { latest } from "./task";

export const PAGE = 30;
/** Wait this long after the last keystroke or slider move. */
const PAUSE_MS = 180;

export interface Results {
  readonly hits: readonly Hit[];
  readonly total: number;
  readonly request: SearchRequest;
}

export const words = signal("");
export const emotion = signal<Record<string, number>>({});
/** Should the photo's expression count? */
export const withPhoto = signal(true);
export const like = signal<Asset | null>(null);
export const styles = signal<readonly string[]>([]);
export const characters = signal<readonly string[]>([]);
export const tags = signal<readonly string[]>([]);
/** The hit that is shown large, or null. */
export const opened = signal<Hit | null>(null);

const searcher = latest<Results>();
export const results = searcher.task;
export const loadingMore = signal(false);

export const photoCounts = computed(() => withPhoto.value && expression.value !== null);

export const request = computed<SearchRequest>(() =>
  requestOf({
    words: words.value,
    emotion: emotion.value,
    expression: photoCounts.value ? expression.value : null,
    like: like.value?.id ?? null,
    styles: styles.value,
    characters: characters.value,
    tags: tags.value,
  }),
);

/** Is anything asked at all, filters included? */
export const isAsked = computed(() => Object.keys(request.value).some((key) => key !== "limit"));

export interface Wishes {
  readonly words: string;
  readonly emotion: Readonly<Record<string, number>>;
  readonly expression: Expression | null;
  readonly like: string | null;
  readonly styles: readonly string[];
  readonly characters: readonly string[];
  readonly tags: readonly string[];
}

/** Only what was asked goes into the request. */
export function requestOf(wishes: Wishes): SearchRequest {
  const felt = Object.entries(wishes.emotion).filter(([, share]) => share > 0);
  return {
    limit: PAGE,
    ...(wishes.words.trim() ? { text: wishes.words.trim() } : {}),
    ...(felt.length ? { emotion: Object.fromEntries(felt) } : {}),
    ...(wishes.expression ? { expression: wishes.expression as SearchRequest["expression"] & object } : {}),
    ...(wishes.like ? { like: wishes.like } : {}),
    ...(wishes.styles.length ? { styles: [...wishes.styles] } : {}),
    ...(wishes.characters.length ? { characters: [...wishes.characters] } : {}),
    ...(wishes.tags.length ? { tags: [...wishes.tags] } : {}),
  };
}

export function toggled(list: readonly string[], item: string): readonly string[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

export function setEmotion(name: string, share: number): void {
  emotion.value = { ...emotion.value, [name]: share };
}

export function clearQuery(): void {
  words.value = "";
  emotion.value = {};
  like.value = null;
  styles.value = [];
  characters.value = [];
  tags.value = [];
  withPhoto.value = false;
}

export function findAgain(): Promise<void> {
  const asked = request.value;
  return searcher.run(async (signal) => {
    const { hits, total } = await api.search(asked, signal);
    return { hits, total, request: asked };
  });
}

export async function more(): Promise<void> {
  const before = results.value;
  if (before.status !== "done" || loadingMore.value) return;
  loadingMore.value = true;
  const { hits, request: asked } = before.value;
  try {
    const next = await api.search({ ...asked, offset: hits.length }, new AbortController().signal);
    // A newer query may have been answered meanwhile.
    if (results.value === before) {
      results.value = { status: "done", value: { hits: [...hits, ...next.hits], total: next.total, request: asked } };
    }
  } catch {
    // The button stays: pressing it tries again.
  } finally {
    loadingMore.value = false;
  }
}

/** Search whenever the query changes. A new photo counts unless it was told not to. Returns how to stop. */
export function follow(): () => void {
  let pause: ReturnType<typeof setTimeout> | undefined;
  const stopSearching = effect(() => {
    void request.value;
    clearTimeout(pause);
    // What is being read will be asked for in a moment.
    if (reading.value.status === "busy") return;
    pause = setTimeout(() => void findAgain(), results.peek().status === "idle" ? 0 : PAUSE_MS);
  });
  const stopReviving = effect(() => {
    if (expression.value) withPhoto.value = true;
  });
  return () => {
    clearTimeout(pause);
    stopSearching();
    stopReviving();
  };
}
