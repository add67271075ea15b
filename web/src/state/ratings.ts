// What the person thinks of hits: stars, "more like this", "less of that"; and the words and tags they add.

import { effect, signal } from "@preact/signals";
import * as api from "../api/client";
import { whenBack } from "../api/reach";
import type { Asset } from "../api/types";
import { remembered } from "./memory";
import { production } from "./production";
import { asProblem } from "./task";

/** Whose taste it is; each browser is somebody of its own. */
export const user = remembered("mien.user", `web-${Math.random().toString(36).slice(2, 10)}`);
export const stars = signal<Readonly<Record<string, number>>>({});
export const rejected = signal<readonly string[]>([]);
/** Counts what was told, so that the ranking is asked for again. */
export const told = signal(0);
/** Assets as they were changed since they were found. */
export const changed = signal<ReadonlyMap<string, Asset>>(new Map());
/** Id of the page of hits that is on show, as the service gave it. */
export const page = signal("");
export const ratingTrouble = signal<api.Problem | null>(null);

export function loadRatings(): () => void {
  return effect(() => {
    const who = user.value;
    void (async () => {
      try {
        [stars.value, rejected.value] = await Promise.all([api.ratings(who), api.refusals(who)]);
      } catch {
        // Without a library there are none; the results say so.
      }
    })();
  });
}

/** The order on show stays: it would be odd if a star moved what one is looking at. The next question knows of it. */
export async function rate(id: string, value: number): Promise<void> {
  const before = stars.value;
  stars.value = { ...before, [id]: value };
  await attempt(
    async () => note(await api.rate(id, value, { user: user.value, search: page.value, production: production.value })),
    () => {
      stars.value = before;
    },
  );
}

export function lessOf(id: string): Promise<void> {
  return refuse(id, true);
}

/** The log only grows: a refusal of value 0 says that the one before it no longer holds. */
export function takeBack(id: string): Promise<void> {
  return refuse(id, false);
}

async function refuse(id: string, isWanted: boolean): Promise<void> {
  if (rejected.value.includes(id) === isWanted) return;
  const mark = (isRejected: boolean) => {
    const others = rejected.value.filter((one) => one !== id);
    rejected.value = isRejected ? [...others, id] : others;
  };
  mark(isWanted);
  await attempt(
    async () => {
      await api.logEvent("rejected", id, user.value, page.value, isWanted ? 1 : 0);
      told.value += 1;
    },
    () => mark(!isWanted),
  );
}

/** Looked at closely. What is on show stays in its order: it would be odd if looking moved things. */
export async function chose(id: string): Promise<void> {
  try {
    await api.logEvent("selected", id, user.value, page.value);
  } catch {
    // Taste is learned from what arrives.
  }
}

export async function annotate(id: string, change: { text?: string; tags?: string[] }): Promise<void> {
  await attempt(async () => note(await api.annotate(id, change)));
}

export function current(asset: Asset): Asset {
  return changed.value.get(asset.id) ?? asset;
}

function note(asset: Asset): void {
  changed.value = new Map(changed.value).set(asset.id, asset);
}

async function attempt(work: () => Promise<void>, undo?: () => void): Promise<void> {
  try {
    await work();
    ratingTrouble.value = null;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.kind === "Offline") {
      // What was said stays on show, and is said again when somebody listens.
      whenBack(() => void attempt(work, undo));
      return;
    }
    undo?.();
    ratingTrouble.value = problem;
  }
}
