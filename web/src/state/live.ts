// A camera, read frame by frame: one frame is under way at a time, and the next is the newest there is.

import { computed, signal } from "@preact/signals";
import * as api from "../api/client";
import type { Asset, Mapped, Restaging } from "../api/types";
import { text } from "../strings";
import { loadLibrary } from "./catalog";
import { asked, hold } from "./photo";
import { withPhoto } from "./query";
import { places } from "./stage";
import { asProblem } from "./task";

/** Pixels of a frame's longer side as it is sent: a face fills most of a webcam's picture. */
const SENT = 400;
const QUALITY = 0.8;
/** Frames that the shown rate is the mean of. */
const MEASURED = 24;
/** Wait so long after a frame that failed, so that a service in trouble is not hammered. */
const AFTER_TROUBLE_MS = 700;

export type Camera =
  | { readonly status: "off" }
  | { readonly status: "asking" }
  | { readonly status: "on"; readonly stream: MediaStream }
  | { readonly status: "refused"; readonly message: string };

export const camera = signal<Camera>({ status: "off" });
export const last = signal<Restaging | null>(null);
export const problem = signal<api.Problem | null>(null);
export const isFrozen = signal(false);
export const kept = signal<{ readonly status: "idle" | "busy" } | { readonly status: "done"; readonly asset: Asset }>({
  status: "idle",
});
const times = signal<readonly { at: number; tookMs: number }[]>([]);

/** Readings a second and milliseconds from a frame to its faces, over the last two dozen. */
export const pace = computed(() => {
  const [first] = times.value;
  const latest = times.value.at(-1);
  if (!first || !latest || latest === first) return null;
  const perSecond = ((times.value.length - 1) * 1000) / (latest.at - first.at);
  const sorted = times.value.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return { perSecond, tookMs: sorted[Math.floor(sorted.length / 2)] ?? 0 };
});

export const mappedLive = computed(() => new Map((last.value?.characters ?? []).map((one) => [one.character.id, one])));

let frame: Blob | null = null;
let running: AbortController | null = null;

export async function start(video: HTMLVideoElement): Promise<void> {
  if (!navigator.mediaDevices?.getUserMedia) {
    camera.value = { status: "refused", message: text.live.noCamera };
    return;
  }
  camera.value = { status: "asking" };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" },
    });
    camera.value = { status: "on", stream };
    video.srcObject = stream;
    await video.play();
    isFrozen.value = false;
    times.value = [];
    void loop(video);
  } catch (error) {
    const denied = error instanceof DOMException && error.name === "NotAllowedError";
    camera.value = { status: "refused", message: denied ? text.live.denied : text.live.noCamera };
  }
}

export function stop(): void {
  running?.abort();
  running = null;
  if (camera.value.status === "on") for (const track of camera.value.stream.getTracks()) track.stop();
  camera.value = { status: "off" };
  last.value = null;
  problem.value = null;
  kept.value = { status: "idle" };
  times.value = [];
}

async function loop(video: HTMLVideoElement): Promise<void> {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const canvas = document.createElement("canvas");
  while (!mine.signal.aborted) {
    if (isFrozen.value || document.hidden || video.videoWidth === 0) {
      await pause(120);
      continue;
    }
    const taken = await grab(video, canvas);
    if (!taken || mine.signal.aborted) continue;
    const started = performance.now();
    try {
      const to = places.value.map((place) => place.character.id);
      const answer = await api.restageFrame(taken, to, mine.signal);
      if (mine.signal.aborted) return;
      if (!isFrozen.value) {
        frame = taken;
        last.value = answer;
        kept.value = { status: "idle" };
      }
      problem.value = null;
      const at = performance.now();
      times.value = [...times.value, { at, tookMs: at - started }].slice(-MEASURED);
    } catch (error) {
      if (mine.signal.aborted) return;
      problem.value = asProblem(error);
      // No face in a frame is no trouble: the next may have one.
      if (problem.value.status !== 422) await pause(AFTER_TROUBLE_MS);
    }
  }
}

function grab(video: HTMLVideoElement, canvas: HTMLCanvasElement): Promise<Blob | null> {
  const scale = Math.min(1, SENT / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Ask the library by the face of this moment. */
export function useAsQuery(): boolean {
  const read = last.value?.reading;
  if (!read) return false;
  hold(asked(read.expression));
  withPhoto.value = true;
  return true;
}

/** Keep the frame of this moment in the library. */
export async function keepFrame(): Promise<void> {
  if (!frame) return;
  isFrozen.value = true;
  kept.value = { status: "busy" };
  try {
    kept.value = { status: "done", asset: await api.keep(frame, "frame.jpg", ["webcam"]) };
    problem.value = null;
    void loadLibrary();
  } catch (error) {
    kept.value = { status: "idle" };
    problem.value = asProblem(error);
  }
}

export function liveMapped(characterId: string): Mapped | undefined {
  return mappedLive.value.get(characterId);
}
