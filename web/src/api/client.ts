// The one door to the service. Every failure comes out as a `Problem` with a sentence for the person.

import { text } from "../strings";
import { lost, ROOT } from "./reach";
import type {
  Asset,
  Character,
  ExpressionGiven,
  Hits,
  Job,
  Library,
  LiveFrame,
  Mapping,
  Production,
  Read,
  Redrawing,
  SearchRequest,
  Space,
  Style,
  Vocabulary,
} from "./types";

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

  /** Did the page find the words, and not the service? Its own are in the person's language. */
  get isOurs(): boolean {
    return this.status === 0 || this.kind === "Refused";
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

export function vocabulary(): Promise<Vocabulary> {
  return ask("/vocabulary");
}

export function space(): Promise<Space> {
  return ask("/space");
}

export function staged(id: string, to: string, signal: AbortSignal): Promise<Mapping> {
  return ask(`/assets/${encodeURIComponent(id)}/staged?to=${encodeURIComponent(to)}`, { signal });
}

/** An expression of the library read anew from its picture: where the reader looked. */
export function readAsset(id: string, signal: AbortSignal): Promise<Read> {
  return ask(`/assets/${encodeURIComponent(id)}/read`, { signal });
}

export function ratings(user: string): Promise<Record<string, number>> {
  return ask(`/ratings?user=${encodeURIComponent(user)}`);
}

/** What a user turned down and did not take back. */
export function refusals(user: string): Promise<string[]> {
  return ask(`/refusals?user=${encodeURIComponent(user)}`);
}

/** `search`: the page of hits it was on, so that the ranking can learn from it. */
export function rate(
  id: string,
  stars: number,
  by: { user: string; search: string; production: string },
): Promise<Asset> {
  return send(`/assets/${encodeURIComponent(id)}/rating`, { stars, ...by }, undefined, "PUT");
}

export function annotate(id: string, change: { text?: string; tags?: string[] }): Promise<Asset> {
  return send(`/assets/${encodeURIComponent(id)}`, change, undefined, "PATCH");
}

export function logEvent(
  kind: "viewed" | "selected" | "rejected",
  id: string,
  user: string,
  search: string,
  value = 1,
): Promise<void> {
  return send("/events", { kind, asset: id, user, value, detail: search ? { search } : {} });
}

/** A frame of a camera. `trail`: as the answer before gave it. `draw`: pixels of sculpted heads' pictures, 0 for none. */
export interface Filmed {
  readonly frame: Blob;
  readonly to: readonly string[];
  readonly trail: string;
  readonly atMs: number;
  readonly draw: number;
}

/** Read one frame of a camera and put it on characters. */
export function liveFrame({ frame, to, trail, atMs, draw }: Filmed, signal: AbortSignal): Promise<LiveFrame> {
  const form = new FormData();
  form.append("picture", frame, "frame.jpg");
  form.append("to", to.join(","));
  form.append("at_ms", String(atMs));
  form.append("draw", String(draw));
  if (trail) form.append("trail", trail);
  return ask("/live", { method: "POST", body: form, signal });
}

export function keep(picture: Blob, name: string, tags: readonly string[]): Promise<Asset> {
  const form = new FormData();
  form.append("picture", picture, name);
  form.append("tags", tags.join(","));
  return ask("/assets", { method: "POST", body: form });
}

/** Hand over a batch of pictures, at most 20 MB together, to be added in the background. */
export function startIngest(pictures: readonly File[]): Promise<Job> {
  const form = new FormData();
  for (const picture of pictures) form.append("pictures", picture, picture.name);
  return ask("/ingest", { method: "POST", body: form });
}

/** Embed anew what another version embedded; where that is under way already, it is that job. */
export function startEmbedding(): Promise<Job> {
  return ask("/embedding", { method: "POST" });
}

export function jobs(): Promise<Job[]> {
  return ask("/jobs");
}

export function stopJob(id: string): Promise<Job> {
  return ask(`/jobs/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/** Where a job tells how far it is, as server-sent events. */
export function jobEvents(id: string): string {
  return `${ROOT}/jobs/${encodeURIComponent(id)}/events`;
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

export function map(
  expression: ExpressionGiven,
  characterIds: readonly string[],
  signal: AbortSignal,
  { exact = false, looksLike = "photo" } = {},
): Promise<Mapping> {
  return send("/map", { expression, to: characterIds.join(","), exact, looks_like: looksLike }, signal);
}

/** What is drawn on a picture of a character: an expression, or what an asset of the library shows. */
export type Source =
  | { readonly expression: ExpressionGiven; readonly looksLike: string; readonly exact: boolean }
  | { readonly asset: string };

/** Draw a picture of a character; without a source it is only judged. `size`: pixels of the longer side, at most. */
export function redraw(
  { picture, name, face }: { picture: Blob; name: string; face: number | null },
  source: Source | null,
  size: number,
  signal?: AbortSignal,
): Promise<Redrawing> {
  if (picture.size > MAX_PICTURE_BYTES) {
    return Promise.reject(new Problem("TooLarge", text.problems.tooLarge(picture.size)));
  }
  const form = new FormData();
  form.append("picture", picture, name);
  form.append("size", String(size));
  if (face !== null) form.append("face", String(face));
  if (source && "asset" in source) form.append("asset", source.asset);
  else if (source) {
    form.append("expression", JSON.stringify(source.expression));
    form.append("looks_like", source.looksLike);
    form.append("exact", String(source.exact));
  }
  return ask("/redraw", { method: "POST", body: form, ...(signal ? { signal } : {}) });
}

export function search(request: SearchRequest, signal: AbortSignal): Promise<Hits> {
  return send("/search", request, signal);
}

/** Two hits between which a choice would teach the context's production most. */
export function question(request: SearchRequest, signal: AbortSignal): Promise<Hits> {
  return send("/ask", { ...request, count: 2 }, signal);
}

export function production(name: string): Promise<Production> {
  return ask(`/productions/${encodeURIComponent(name)}`);
}

export function changeProduction(
  name: string,
  change: { learning?: "auto" | "off"; forget?: boolean },
): Promise<Production> {
  return send(`/productions/${encodeURIComponent(name)}`, change, undefined, "PATCH");
}

/** Where a character's picture is; `pose` as the service gave it, at rest without. */
export function restingPicture(characterId: string, kind: string, size: number): string {
  const form = kind === "drawn" ? "form=svg" : `size=${size}`;
  return `${ROOT}/characters/${encodeURIComponent(characterId)}/picture?${form}`;
}

/** Where a sculpted character's head is, as binary glTF. */
export function meshOf(characterId: string): string {
  return `${ROOT}/characters/${encodeURIComponent(characterId)}/mesh.glb`;
}

/** `size`: pixels of the longer side, at most; the picture as it is kept without. */
/** `size`: for a list, the square around the face; all of it without. */
export function assetPicture(id: string, size?: number): string {
  return `${ROOT}/assets/${encodeURIComponent(id)}/picture${size ? `?size=${size}&face=true` : ""}`;
}

function send<T>(path: string, body: unknown, signal?: AbortSignal, method = "POST"): Promise<T> {
  return ask(path, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(ROOT + path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw away();
  }
  if (answer.status === 204) return undefined as T;
  if (answer.ok) return (await answer.json()) as T;
  throw await problemOf(answer);
}

function away(): Problem {
  lost();
  return new Problem("Offline", text.problems.offline);
}

async function problemOf(answer: Response): Promise<Problem> {
  // A proxy that stands before a service that is gone.
  if (answer.status === 502 || answer.status === 504) return away();
  try {
    const body = (await answer.json()) as { error?: { kind?: string; message?: string } };
    if (body.error?.message) return new Problem(body.error.kind ?? "Refused", body.error.message, answer.status);
  } catch {
    // Not JSON: a proxy in between, say. The status is all there is.
  }
  return new Problem("Refused", text.problems.refused(answer.status), answer.status);
}
