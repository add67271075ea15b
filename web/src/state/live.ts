// A camera, read frame by frame. Several frames are under way at a time, so that one is read while another is drawn; what
// is shown is always the newest. A frame counts as shown when every character has taken it up, and the rate says so.

import { computed, signal } from "@preact/signals";
import * as api from "../api/client";
import type { Asset, Expression, LiveFigure, LiveFrame } from "../api/types";
import { text } from "../strings";
import { loadLibrary } from "./catalog";
import { remembered } from "./memory";
import { hold as ask, asked } from "./photo";
import { withPhoto } from "./query";
import { told } from "./ratings";
import { places } from "./stage";
import { asProblem } from "./task";

/** Pixels of a frame's longer side as it is sent: a face fills most of a webcam's picture. */
const SENT = 400;
const QUALITY = 0.8;
/** So many frames are under way at a time; one more where the processor draws everything and is busy. */
const UNDER_WAY = 2;
/** Frames that the shown rate is the mean of, and how many tell that it is far too low. */
const MEASURED = 24;
const TELLING = 8;
/** Wait so long after a frame that failed, so that a service in trouble is not hammered. */
const AFTER_TROUBLE_MS = 700;
/** A character that has not taken up a frame by then does not hold up the next. */
const SHOWN_WITHIN_MS = 500;
/** Pixels of the pictures of sculpted heads where this browser cannot draw them itself, best first. */
const SIZES = [320, 256, 208, 160] as const;
/** Frames a second below which smaller pictures are asked for, and above which larger ones. */
const SMOOTH = 15;
const SPARE = 24;
/** Pictures a second that are asked of the camera where the processor draws everything, which shows each at the price of
 * a character; so many where not even the smallest heads come so often; and what says that there is time for more. */
const FILMED = 20;
const SLOWLY_FILMED = 10;
const SLOW = 7;
const KEPT_UP = 9.7;
/** A frame waits so long for the one before it. */
const LATE_MS = 150;
/** What is to be read changes no more often than that. */
const READABLE_MS = 200;

export type Camera =
  | { readonly status: "off" }
  | { readonly status: "asking" }
  | { readonly status: "on"; readonly stream: MediaStream }
  | { readonly status: "refused"; readonly message: string };

/** A frame with a face in view. */
export type Seen = LiveFrame & { readonly expression: Expression };

export const camera = signal<Camera>({ status: "off" });
/** The latest frame in which a face was seen. */
export const last = signal<Seen | null>(null);
/** Was there no face in the frame before this moment? The characters stay as they were. */
export const isFaceless = signal(false);
export const problem = signal<api.Problem | null>(null);
export const isFrozen = signal(false);
/** People know themselves from mirrors; the characters turn with the picture. */
export const isMirrored = remembered("mien.mirror", true);
export const kept = signal<{ readonly status: "idle" | "busy" } | { readonly status: "done"; readonly asset: Asset }>({
  status: "idle",
});
/** What the face says, a few times a second: numbers that change with every frame cannot be read. */
export const said = signal<Expression | null>(null);
export interface Pace {
  /** Frames shown a second, and milliseconds from the camera to the characters, over the last two dozen. */
  readonly perSecond: number;
  readonly tookMs: number;
  /** How many frames every character has shown since the camera was started. */
  readonly frames: number;
  /** Pixels of the pictures of sculpted heads that are asked for; 0 where this browser draws them. */
  readonly drawnPx: number;
}
export const pace = signal<Pace | null>(null);

const figures = computed(() => new Map((last.value?.characters ?? []).map((one) => [one.id, one])));

export function figureOf(characterId: string): LiveFigure | undefined {
  return figures.value.get(characterId);
}

let film: Film | null = null;

/** `draws`: can this browser draw sculpted heads fast enough itself? */
export async function start(video: HTMLVideoElement, { draws }: { draws: boolean }): Promise<void> {
  if (!navigator.mediaDevices?.getUserMedia) {
    camera.value = { status: "refused", message: text.live.noCamera };
    return;
  }
  camera.value = { status: "asking" };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: {
        width: { ideal: 640 },
        height: { ideal: 480 },
        facingMode: "user",
        ...(draws ? {} : { frameRate: { ideal: FILMED } }),
      },
    });
    camera.value = { status: "on", stream };
    video.srcObject = stream;
    await video.play();
    isFrozen.value = false;
    pace.value = null;
    film = new Film(video, draws);
  } catch (error) {
    const denied = error instanceof DOMException && error.name === "NotAllowedError";
    camera.value = { status: "refused", message: denied ? text.live.denied : text.live.noCamera };
  }
}

export function stop(): void {
  film?.end();
  film = null;
  if (camera.value.status === "on") for (const track of camera.value.stream.getTracks()) track.stop();
  camera.value = { status: "off" };
  last.value = null;
  isFaceless.value = false;
  problem.value = null;
  kept.value = { status: "idle" };
  said.value = null;
  pace.value = null;
}

/** A character shows the frame that it was given. */
export function shown(characterId: string): void {
  film?.shown(characterId);
}

/** Stop at this moment, or go on. */
export async function freeze(wanted: boolean): Promise<void> {
  isFrozen.value = wanted;
  await film?.freeze(wanted);
}

/** Ask the library by the face of this moment. */
export function useAsQuery(): boolean {
  if (!last.value || isFaceless.value) return false;
  ask(asked(last.value.expression), last.value.looks_like);
  withPhoto.value = true;
  return true;
}

/** Keep the frame of this moment in the library, as large as the camera took it. */
export async function keepFrame(): Promise<void> {
  if (!film) return;
  kept.value = { status: "busy" };
  try {
    if (!isFrozen.value) await freeze(true);
    kept.value = { status: "done", asset: await api.keep(await film.whole(), "frame.jpg", ["webcam"]) };
    problem.value = null;
    void loadLibrary();
    told.value += 1;
  } catch (error) {
    kept.value = { status: "idle" };
    problem.value = asProblem(error);
  }
}

/** The frames of one camera, from its start to its end. */
class Film {
  readonly #video: HTMLVideoElement;
  readonly #canvas = new OffscreenCanvas(1, 1);
  readonly #over = new AbortController();
  /** What the last answer left to the next frame. */
  #trail = "";
  /** Which frame was sent last, and which is on show. */
  #sent = 0;
  #onShow = 0;
  #underWay = 0;
  #shownSoFar: Promise<void> = Promise.resolve();
  #restUntil = 0;
  #waiting = new Set<string>();
  #complete: (() => void) | null = null;
  #size: number;
  #filmed = FILMED;
  #times: readonly { at: number; tookMs: number }[] = [];
  #told = 0;
  #frames = 0;

  constructor(video: HTMLVideoElement, draws: boolean) {
    this.#video = video;
    this.#size = draws ? -1 : 1;
    this.#await();
  }

  end(): void {
    this.#over.abort();
    this.#complete?.();
  }

  shown(characterId: string): void {
    this.#waiting.delete(characterId);
    if (this.#waiting.size === 0) this.#complete?.();
  }

  get #most(): number {
    return this.#size === SIZES.length - 1 ? UNDER_WAY + 1 : UNDER_WAY;
  }

  get #drawnPx(): number {
    return SIZES[this.#size] ?? 0;
  }

  async freeze(wanted: boolean): Promise<void> {
    if (!wanted) {
      await this.#video.play();
      return;
    }
    this.#video.pause();
    // What is on show must be the very frame that the picture stopped at.
    await this.#one();
  }

  async whole(): Promise<Blob> {
    return this.#grab(Math.max(this.#video.videoWidth, this.#video.videoHeight), 0.92);
  }

  /** Be called with the next frame of the camera. */
  #await(): void {
    if (this.#over.signal.aborted) return;
    const next = () => {
      this.#await();
      if (this.#underWay < this.#most && !isFrozen.value && !document.hidden && performance.now() >= this.#restUntil) {
        void this.#one();
      }
    };
    if ("requestVideoFrameCallback" in this.#video) this.#video.requestVideoFrameCallback(next);
    else requestAnimationFrame(next);
  }

  async #one(): Promise<void> {
    if (this.#video.videoWidth === 0) return;
    this.#sent += 1;
    const number = this.#sent;
    const taken = performance.now();
    const before = this.#shownSoFar;
    let isThrough: () => void = () => undefined;
    this.#shownSoFar = new Promise((resolve) => {
      isThrough = resolve;
    });
    this.#underWay += 1;
    try {
      const answer = await api.liveFrame(
        {
          frame: await this.#grab(SENT, QUALITY),
          to: places.value.map((place) => place.character.id),
          trail: this.#trail,
          atMs: Math.round(performance.timeOrigin + taken),
          draw: this.#drawnPx,
        },
        this.#over.signal,
      );
      // In the order in which they were taken, or half of what was read would be thrown away; but not at any price.
      await Promise.race([before, pause(LATE_MS)]);
      // One that was overtaken is of no use any more.
      if (this.#over.signal.aborted || number <= this.#onShow) return;
      this.#onShow = number;
      this.#trail = answer.trail;
      problem.value = null;
      if (kept.value.status === "done" && !isFrozen.value) kept.value = { status: "idle" };
      isFaceless.value = !isSeen(answer);
      if (!isSeen(answer)) {
        this.#times = [];
        said.value = null;
        pace.value = null;
        return;
      }
      await this.#show(answer);
      if (!this.#over.signal.aborted && !isFrozen.value) this.#count(taken);
    } catch (error) {
      if (this.#over.signal.aborted) return;
      problem.value = asProblem(error);
      this.#trail = "";
      this.#restUntil = performance.now() + AFTER_TROUBLE_MS;
    } finally {
      this.#underWay -= 1;
      isThrough();
    }
  }

  #show(answer: Seen): Promise<void> {
    this.#complete?.();
    this.#waiting = new Set(answer.characters.map(({ id }) => id));
    last.value = answer;
    if (isFrozen.value || performance.now() - this.#told >= READABLE_MS || !said.value) said.value = answer.expression;
    return new Promise((resolve) => {
      const late = setTimeout(resolve, SHOWN_WITHIN_MS);
      this.#complete = () => {
        clearTimeout(late);
        this.#complete = null;
        resolve();
      };
    });
  }

  #count(taken: number): void {
    const at = performance.now();
    this.#frames += 1;
    this.#times = [...this.#times, { at, tookMs: at - taken }].slice(-MEASURED);
    const [first] = this.#times;
    if (!first || at === first.at || at - this.#told < READABLE_MS) return;
    this.#told = at;
    const perSecond = ((this.#times.length - 1) * 1000) / (at - first.at);
    const sorted = this.#times.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
    const tookMs = sorted[Math.floor(sorted.length / 2)] ?? 0;
    pace.value = { perSecond, tookMs, frames: this.#frames, drawnPx: this.#drawnPx };
    if (this.#times.length >= (perSecond < SLOW ? TELLING : MEASURED)) this.#resize(perSecond);
  }

  /** Smaller pictures where the frames come too slowly, then a slower camera; the other way where there is time. */
  #resize(perSecond: number): void {
    if (this.#size < 0) return;
    if (this.#filmed === SLOWLY_FILMED) {
      if (perSecond > KEPT_UP) this.#film(FILMED);
      return;
    }
    const better = perSecond < SMOOTH ? this.#size + 1 : perSecond > SPARE ? this.#size - 1 : this.#size;
    if (!SIZES[better] && perSecond < SLOW) this.#film(SLOWLY_FILMED);
    if (better === this.#size || !SIZES[better]) return;
    this.#size = better;
    this.#times = [];
  }

  #film(perSecond: number): void {
    this.#filmed = perSecond;
    this.#times = [];
    const tracks = this.#video.srcObject instanceof MediaStream ? this.#video.srcObject.getVideoTracks() : [];
    // A camera that cannot do so goes on as it is.
    for (const track of tracks) track.applyConstraints({ frameRate: { ideal: perSecond } }).catch(() => undefined);
  }

  #grab(side: number, quality: number): Promise<Blob> {
    const { videoWidth, videoHeight } = this.#video;
    const scale = Math.min(1, side / Math.max(videoWidth, videoHeight));
    this.#canvas.width = Math.round(videoWidth * scale);
    this.#canvas.height = Math.round(videoHeight * scale);
    const pen = this.#canvas.getContext("2d", { willReadFrequently: true });
    pen?.drawImage(this.#video, 0, 0, this.#canvas.width, this.#canvas.height);
    return this.#canvas.convertToBlob({ type: "image/jpeg", quality });
  }
}

function isSeen(answer: LiveFrame): answer is Seen {
  return answer.expression !== null;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
