// What the ranking of the production at work learned from its users, and the questions that teach it most.

import { computed, effect, signal } from "@preact/signals";
import * as api from "../api/client";
import type { Hit, Production } from "../api/types";
import { production } from "./production";
import { isScored, request } from "./query";
import { user } from "./ratings";
import { results } from "./results";
import { latest } from "./task";

/** A question is offered after this many answers, and again after as many more. */
export const OFFER_EVERY = 4;

const learner = latest<Production>();
/** How the production at work ranks, and what it learned. */
export const learned = learner.task;

const asker = latest<{ readonly hits: readonly Hit[]; readonly search: string }>();
/** Two hits between which a choice would teach most. */
export const question = asker.task;

const answered = signal(0);
const silenced = signal(false);
/** How many questions were answered since the page was opened. */
export const given = signal(0);

/** Should a question be offered? Never without a production, and not again once it was waved away. */
export const isOffered = computed(
  () => production.value !== "" && isScored.value && !silenced.value && answered.value >= OFFER_EVERY,
);

/** Count answers, and forget the question when something else is asked. Returns how to stop. */
export function followLearning(): () => void {
  let last: unknown;
  return effect(() => {
    const now = results.value;
    if (now.status !== "done" || now.value.request === last) return;
    last = now.value.request;
    if (isScored.peek()) answered.value = answered.peek() + 1;
    asker.reset();
  });
}

/** What the user has just asked for, before the service has said so. */
const wished = signal<"auto" | "off" | null>(null);
/** Does the ranking follow what it learned? As asked at once, as it is when the service has answered. */
export const isFollowed = computed(() => (wished.value ?? learned.value.value?.learning) === "auto");

export function look(): Promise<void> {
  const name = production.value;
  return learner.run(() => api.production(name));
}

export async function change(what: { learning?: "auto" | "off"; forget?: boolean }): Promise<void> {
  const name = production.value;
  wished.value = what.learning ?? null;
  await learner.run(() => api.changeProduction(name, what));
  wished.value = null;
}

export function ask(): Promise<void> {
  const asked = request.value;
  return asker.run(async (stop) => {
    const { hits, search } = await api.question(asked, stop);
    return { hits, search: search ?? "" };
  });
}

/** One of the two fits better; `null` if neither does more than the other. */
export async function answer(id: string | null): Promise<void> {
  const now = question.value.value;
  if (!now) return;
  if (id) {
    await api.logEvent("selected", id, user.value, now.search);
    given.value += 1;
  }
  answered.value = 0;
  asker.reset();
}

/** No questions any more until the page is opened anew. */
export function silence(): void {
  silenced.value = true;
  asker.reset();
}
