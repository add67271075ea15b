// The one door to the service. Every failure comes out as a `Problem` with a sentence for the person.

import { text } from "../strings";
import type { Asset, Character, Expression, Hits, Library, Mapping, Read, SearchRequest, Style } from "./types";

const ROOT = "/api/v1";

/** Larger pictures are refused by the service; asking first saves the upload. */
export const MAX_PICTURE_BYTES = 20 * 1024 * 1024;

export class Problem extends Error {
  constructor(
    readonly kind: string,
    message: string,
    readonly status = 0,
  ) {
    super(message);
    this.name = "Problem";
  }
}

export function characters(): Promise<Character[]> {
  return ask("/characters");
}

export function styles(): Promise<Style[]> {
  return ask("/styles");
}

export function library(): Promise<Library> {
  return ask("/library");
}

export function asset(id: string): Promise<Asset> {
  return ask(`/assets/${encodeURIComponent(id)}`);
}

export async function read(picture: Blob, name: string, face: number | null, signal: AbortSignal): Promise<Read> {
  if (picture.size > MAX_PICTURE_BYTES) throw new Problem("TooLarge", text.problems.tooLarge(picture.size));
  const form = new FormData();
  form.append("picture", picture, name);
  if (face !== null) form.append("face", String(face));
  return ask("/read", { method: "POST", body: form, signal });
}

export function map(expression: Expression, characterIds: readonly string[], signal: AbortSignal): Promise<Mapping> {
  return send("/map", { expression, to: characterIds.join(",") }, signal);
}

export function search(request: SearchRequest, signal: AbortSignal): Promise<Hits> {
  return send("/search", request, signal);
}

/** Where a character's picture is; `pose` as the service gave it, at rest without. */
export function restingPicture(characterId: string, kind: string, size: number): string {
  const form = kind === "drawn" ? "form=svg" : `size=${size}`;
  return `${ROOT}/characters/${encodeURIComponent(characterId)}/picture?${form}`;
}

export function assetPicture(id: string): string {
  return `${ROOT}/assets/${encodeURIComponent(id)}/picture`;
}

function send<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
  return ask(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(ROOT + path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("Offline", text.problems.offline);
  }
  if (answer.ok) return (await answer.json()) as T;
  throw await problemOf(answer);
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    const body = (await answer.json()) as { error?: { kind?: string; message?: string } };
    if (body.error?.message) return new Problem(body.error.kind ?? "Refused", body.error.message, answer.status);
  } catch {
    // Not JSON: a proxy in between, say. The status is all there is.
  }
  return new Problem("Refused", text.problems.refused(answer.status), answer.status);
}
