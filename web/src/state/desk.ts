// What is on the desk: which view, which hit is looked at, which are compared.

import { effect, signal } from "@preact/signals";
import * as api from "../api/client";
import { whenBack } from "../api/reach";
import type { Asset, Hit, Mapped, Read } from "../api/types";
import { isAsked } from "./query";
import { chose, ratingTrouble } from "./ratings";
import { type Results, results } from "./results";
import { asProblem, latest } from "./task";

export const VIEWS = ["search", "live", "map"] as const;
export type View = (typeof VIEWS)[number];

export const view = signal<View>("search");
export const MOST_COMPARED = 4;
export const compared = signal<readonly Asset[]>([]);
export const isComparing = signal(false);
/** Ids that an address wants compared, while they are on their way. */
export const awaited = signal<readonly string[]>([]);

/** The asset that is looked at. */
export const opened = signal<{ readonly asset: Asset } | null>(null);
/** Is what an address wanted to have opened no longer in the library? */
export const isGone = signal(false);
/** Where the keyboard is among the results. */
export const active = signal(0);

const stager = latest<{ own: Mapped | null; others: readonly Mapped[] }>();
/** The opened expression on its own character and on one of each other style. */
export const staged = stager.task;
const looker = latest<Read>();
/** What the reader sees in the opened picture, while it is asked for. */
export const looked = looker.task;
/** Is where the reader looked wanted? */
export const isLooking = signal(false);
const neighbourer = latest<readonly Hit[]>();
/** What is alike in other styles. */
export const neighbours = neighbourer.task;

export function open(hit: Hit): void {
  isGone.value = false;
  opened.value = { asset: hit.asset };
  // Looking at what a question found says something about taste; leafing through everything does not.
  if (isAsked.value) void chose(hit.asset.id);
}

export async function openById(id: string): Promise<void> {
  isGone.value = false;
  if (opened.value?.asset.id === id) return;
  const hit = results.value.value?.hits.find((one) => one?.asset.id === id);
  if (hit) {
    opened.value = { asset: hit.asset };
    return;
  }
  try {
    opened.value = { asset: await api.asset(id) };
  } catch (error) {
    opened.value = null;
    const problem = asProblem(error);
    // The address is older than the library, which says so; or the service is away, and will be back.
    isGone.value = problem.status === 404;
    if (problem.kind === "Offline") whenBack(() => void openById(id));
  }
}

export function toggleCompared(asset: Asset): void {
  const without = compared.value.filter((one) => one.id !== asset.id);
  if (without.length < compared.value.length) compared.value = without;
  else if (without.length < MOST_COMPARED) compared.value = [...without, asset];
  if (compared.value.length < 2) isComparing.value = false;
}

/** Compare these and no others; what is no longer in the library is left out. */
export async function compareByIds(ids: readonly string[]): Promise<void> {
  const known = new Map(compared.value.map((one) => [one.id, one]));
  const wanted = ids.slice(0, MOST_COMPARED);
  const missing = wanted.filter((id) => !known.has(id));
  awaited.value = missing;
  compared.value = wanted.flatMap((id) => known.get(id) ?? []);
  if (missing.length > 0) {
    try {
      for (const asset of await Promise.all(missing.map(assetOf))) if (asset) known.set(asset.id, asset);
    } catch (error) {
      if (asProblem(error).kind === "Offline") whenBack(() => void (awaited.value === missing && compareByIds(ids)));
      return;
    }
    // Another address was gone to meanwhile.
    if (awaited.value !== missing) return;
    const picked = compared.value.filter(({ id }) => !wanted.includes(id));
    compared.value = [...wanted.flatMap((id) => known.get(id) ?? []), ...picked].slice(0, MOST_COMPARED);
    awaited.value = [];
  }
  if (compared.value.length < 2) isComparing.value = false;
}

async function assetOf(id: string): Promise<Asset | null> {
  return api.asset(id).catch((error: unknown) => {
    if (asProblem(error).status === 404) return null;
    throw error;
  });
}

/** Read the opened picture anew while where the reader looked is wanted. Returns how to stop. */
export function followLooking(): () => void {
  let last = "";
  return effect(() => {
    const id = isLooking.value ? (opened.value?.asset.id ?? "") : "";
    if (id === last) return;
    last = id;
    if (id) void looker.run((signal) => api.readAsset(id, signal), { keep: false });
    else looker.reset();
  });
}

/**
 * Where the same question is ranked anew, the keyboard goes along with its hit; a new question is answered from the top.
 * Returns how to stop.
 */
export function followRanking(): () => void {
  let last: Results | undefined;
  return effect(() => {
    const now = results.value.value;
    const before = last;
    last = now ?? before;
    if (!now || !before || now === before) return;
    if (now.request !== before.request) {
      active.value = 0;
      return;
    }
    const id = before.hits[active.peek()]?.asset.id;
    const at = now.hits.findIndex((hit) => hit?.asset.id === id);
    if (id && at >= 0) active.value = at;
  });
}

const tries = signal(0);

/** Stage what is opened once more. */
export function stageAgain(): void {
  tries.value += 1;
}

/** Stage whatever is opened, and look for its like in other styles. Returns how to stop. */
export function followOpened(styleIds: () => readonly string[]): () => void {
  let last = "";
  return effect(() => {
    const asset = opened.value?.asset;
    const now = asset ? `${asset.id} ${tries.value}` : "";
    if (now === last) return;
    last = now;
    // What went wrong with another is of no interest here.
    ratingTrouble.value = null;
    if (!asset) return;
    const own = asset.character;
    void stager.run(
      async (signal) => {
        const to = own ? `${own},four` : "four";
        const { characters } = await api.staged(asset.id, to, signal).catch((error: unknown) => {
          // A character that is in the library but no longer in the cast.
          if (error instanceof api.Problem && error.status === 404 && own) return api.staged(asset.id, "four", signal);
          throw error;
        });
        const mine = characters.find((one) => one.character.id === own) ?? null;
        return { own: mine, others: characters.filter((one) => one !== mine && one.style !== asset.style) };
      },
      { keep: false },
    );
    const others = styleIds().filter((id) => id !== asset.style);
    void neighbourer.run(
      async (signal) => {
        const found = await Promise.all(
          others.map((style) => api.search({ like: asset.id, styles: [style], limit: 2 }, signal)),
        );
        return found.flatMap(({ hits }) => hits);
      },
      { keep: false },
    );
  });
}
