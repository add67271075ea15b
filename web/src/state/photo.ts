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
  forget();
  reader.reset();
  held.value = face && { face, looksLike: looks };
}

export function showPhoto(picture: Blob, name: string, credit = ""): Promise<void> {
  forget();
  photo.value = { picture, name, address: URL.createObjectURL(picture), credit };
  return reader.run((signal) => api.read(picture, name, null, signal), { keep: false });
}

export async function showExample(): Promise<void> {
  try {
    const answer = await fetch("/astronaut.jpg");
    if (!answer.ok) throw new api.Problem("Refused", text.problems.refused(answer.status), answer.status);
    await showPhoto(await answer.blob(), text.photo.exampleName, text.photo.credit);
  } catch (error) {
    await reader.run(() => Promise.reject(asProblem(error)));
  }
}

export function refusePhoto(message: string): Promise<void> {
  forget();
  return reader.run(() => Promise.reject(new api.Problem("NotAPicture", message)));
}

/** Read another face of the same photo, or the same again. */
export function readFace(face: number | null): Promise<void> {
  const current = photo.value;
  if (!current) return Promise.resolve();
  return reader.run((signal) => api.read(current.picture, current.name, face, signal));
}

export function removePhoto(): void {
  forget();
  reader.reset();
}

function forget(): void {
  if (photo.value) URL.revokeObjectURL(photo.value.address);
  photo.value = null;
  held.value = null;
}
