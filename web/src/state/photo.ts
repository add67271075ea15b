// The photo, which of its faces is read, and what was read.

import { computed, signal } from "@preact/signals";
import * as api from "../api/client";
import type { Expression, Read } from "../api/types";
import { text } from "../strings";
import type { Asked } from "./arkit";
import { asProblem, latest } from "./task";

export interface Photo {
  readonly picture: Blob;
  readonly name: string;
  /** Where the browser finds it: an address in memory. */
  readonly address: string;
  readonly credit: string;
}

export const photo = signal<Photo | null>(null);
const reader = latest<Read>();
export const reading = reader.task;

/** As a reading says it: a real face, which no style held back. */
export const PHOTO = "photo";

/** Why the last picture was not read, and how the same may be read yet; what was asked by before stays. */
export const refused = signal<{ readonly problem: api.Problem; readonly again: (() => void) | null } | null>(null);

/** The last photo that was read, and what: what cannot be read does not replace it. */
let good: { readonly photo: Photo; readonly read: Read } | null = null;

/** A face without its photo: from an address, a held frame; and what it looked like, a photo or a style. */
export const held = signal<{ readonly face: Asked; readonly looksLike: string } | null>(null);

/** What was read, while it is of the photo on show; else the face that is held. */
export const expression = computed<Asked | null>(() =>
  reading.value.status === "done" ? asked(reading.value.value.reading.expression) : (held.value?.face ?? null),
);

/** What the face of `expression` looks like. */
export const looksLike = computed(() =>
  reading.value.status === "done" ? reading.value.value.reading.looks_like : (held.value?.looksLike ?? PHOTO),
);

/** A reading as it is sent back: without what only the reader knows. */
export function asked({ coefficients, certainty, emotion, head }: Expression): Asked {
  return { schema: "mien.expression/1", coefficients, certainty, emotion, head, confidence: 1 };
}

/** Ask by a face that has no photo here. */
export function hold(face: Asked | null, looks = PHOTO): void {
  reader.reset();
  const last = good?.photo;
  good = null;
  show(null);
  letGo(last);
  refused.value = null;
  held.value = face && { face, looksLike: looks };
}

export function showPhoto(picture: Blob, name: string, credit = ""): Promise<void> {
  return look({ picture, name, address: URL.createObjectURL(picture), credit }, null);
}

export async function showExample(): Promise<void> {
  try {
    const answer = await fetch("/astronaut.jpg");
    if (!answer.ok) throw new api.Problem("Refused", text.problems.refused(answer.status), answer.status);
    await showPhoto(await answer.blob(), text.photo.exampleName, text.photo.credit);
  } catch (error) {
    refused.value = { problem: asProblem(error), again: () => void showExample() };
  }
}

export function refusePhoto(message: string): void {
  refused.value = { problem: new api.Problem("NotAPicture", message), again: null };
}

/** Read another face of the same photo, or the same again. */
export function readFace(face: number | null): Promise<void> {
  const current = photo.value;
  if (!current) return Promise.resolve();
  return look(current, face);
}

export function removePhoto(): void {
  hold(null);
}

/** Show a photo and read it; where it cannot be read, the last good one and its reading come back. */
function look(next: Photo, face: number | null): Promise<void> {
  const isSame = next === photo.value;
  refused.value = null;
  show(next);
  return reader.run(
    async (signal) => {
      try {
        const read = await api.read(next.picture, next.name, face, signal);
        if (!signal.aborted) {
          const last = good?.photo;
          good = { photo: next, read };
          held.value = null;
          letGo(last);
        }
        return read;
      } catch (error) {
        const problem = asProblem(error);
        if (signal.aborted || problem.kind === "Offline") throw error;
        // The same bytes give the same answer, unless it was the service that had trouble.
        const isTrouble = problem.status === 0 || problem.status === 429 || problem.status >= 500;
        const mayHelp = isTrouble && problem.kind !== "TooLarge";
        const again = () => void (isSame ? look(next, face) : showPhoto(next.picture, next.name, next.credit));
        refused.value = { problem, again: mayHelp ? again : null };
        if (good) {
          show(good.photo);
          return good.read;
        }
        if (held.value) show(null);
        throw error;
      }
    },
    { keep: isSame },
  );
}

/** Show this one, and let go of the one before unless it may come back. */
function show(next: Photo | null): void {
  const before = photo.value;
  photo.value = next;
  letGo(before);
}

function letGo(one: Photo | null | undefined): void {
  if (one && one !== photo.value && one !== good?.photo) URL.revokeObjectURL(one.address);
}
