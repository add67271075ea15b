// What came back: pages of hits, fetched as they come into view, and the same expression across styles.

import { computed, effect, signal, untracked } from "@preact/signals";
import * as api from "../api/client";
import type { Hit, Read, SearchRequest } from "../api/types";
import { catalog, library } from "./catalog";
import { reading } from "./photo";
import { request, withPhoto } from "./query";
import { page as shownPage, told } from "./ratings";
import { latest } from "./task";

export const PAGE = 60;
/** Wait this long after the last keystroke or slider move. */
const PAUSE_MS = 140;
const LANE = 24;

export interface Results {
  /** Hits by their place; places that were not looked at yet are empty. */
  readonly hits: readonly (Hit | undefined)[];
  readonly total: number;
  readonly request: SearchRequest;
  /** From the question to the answer, milliseconds. */
  readonly tookMs: number;
}

export interface Lane {
  readonly style: string;
  readonly hits: readonly Hit[];
  readonly total: number;
}

export const grouped = signal(false);
const searcher = latest<Results>();
export const results = searcher.task;
const laner = latest<readonly Lane[]>();
export const lanes = laner.task;

export const total = computed(() => results.value.value?.total ?? 0);

/** An asset's hit by the question on show, where it is among those that were loaded. */
export function hitOf(id: string): Hit | undefined {
  const all = [
    results.value.value?.hits ?? [],
    ...(grouped.value ? (lanes.value.value ?? []) : []).map(({ hits }) => hits),
  ];
  return all.flat().find((one) => one?.asset.id === id);
}

export function findAgain(): Promise<void> {
  const asked = request.value;
  underWay.clear();
  return searcher.run(async (signal) => {
    const started = performance.now();
    const answer = await api.search({ ...asked, limit: PAGE }, signal);
    shownPage.value = answer.search ?? "";
    return { hits: answer.hits, total: answer.total, request: asked, tookMs: performance.now() - started };
  });
}

/** Styles that were asked for, else those of the library; in the order in which the page shows styles everywhere. */
export function lanesOf(asked: readonly string[], held: readonly string[], known: readonly string[]): string[] {
  const place = (id: string) => (known.includes(id) ? known.indexOf(id) : known.length);
  return [...(asked.length ? asked : held)].sort((a, b) => place(a) - place(b));
}

function styleIds(): string[] {
  return (catalog.peek().value?.styles ?? []).map(({ id }) => id);
}

function laneAgain(): Promise<void> {
  const asked = request.value;
  const wanted = lanesOf(asked.styles ?? [], Object.keys(library.value?.styles ?? {}), styleIds());
  return laner.run((signal) =>
    Promise.all(
      wanted.map(async (style) => {
        const answer = await api.search({ ...asked, styles: [style], limit: LANE }, signal);
        return { style, hits: answer.hits, total: answer.total };
      }),
    ),
  );
}

const underWay = new Set<number>();

/** See to it that the hits of these places are there, or on their way. */
export function want(from: number, to: number): void {
  const now = results.value;
  if (now.status !== "done") return;
  const last = Math.min(to, now.value.total) - 1;
  for (let page = Math.floor(from / PAGE); page <= Math.floor(last / PAGE); page += 1) {
    const isMissing = now.value.hits[page * PAGE] === undefined;
    if (isMissing && !underWay.has(page)) void load(page, now.value.request);
  }
}

async function load(page: number, asked: SearchRequest): Promise<void> {
  underWay.add(page);
  try {
    const answer = await api.search({ ...asked, limit: PAGE, offset: page * PAGE }, new AbortController().signal);
    const now = results.value;
    // A newer question may have been answered meanwhile.
    if (now.status !== "done" || now.value.request !== asked) return;
    const hits = [...now.value.hits];
    answer.hits.forEach((hit, i) => {
      hits[page * PAGE + i] = hit;
    });
    results.value = { status: "done", value: { ...now.value, hits } };
  } catch {
    // The places stay empty; looking at them again tries again.
  } finally {
    underWay.delete(page);
  }
}

/** Search whenever the query or the taste changes, and by style where that is wanted. Returns how to stop. */
export function follow(): () => void {
  const stops = [
    whenAsked(() => findAgain),
    // What styles the library holds is known a little later than its hits.
    whenAsked(() => (grouped.value && library.value ? laneAgain : null)),
    askByWhatIsRead(),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** A new photo counts, whatever was said of the last one; one that came back because the next was refused is not new. */
function askByWhatIsRead(): () => void {
  let last: Read | undefined;
  return effect(() => {
    if (reading.value.status !== "done" || reading.value.value === last) return;
    last = reading.value.value;
    withPhoto.value = true;
  });
}

/** Work, a moment after the query, the taste or what `due` reads has changed; `due` says what, null for nothing. */
function whenAsked(due: () => (() => Promise<void>) | null): () => void {
  let pause: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    void request.value;
    void told.value;
    const work = due();
    clearTimeout(pause);
    // What is being read will be asked for in a moment.
    if (!work || reading.value.status === "busy") return;
    const first = untracked(() => results.value.status === "idle");
    pause = setTimeout(() => void work(), first ? 0 : PAUSE_MS);
  });
  return () => {
    clearTimeout(pause);
    stop();
  };
}
