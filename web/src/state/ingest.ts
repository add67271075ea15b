// Pictures that are added to the library in the background of the service; a reloaded page goes on watching.

import { signal } from "@preact/signals";
import * as api from "../api/client";
import type { Ingest } from "../api/types";
import { loadLibrary } from "./catalog";
import { told } from "./ratings";
import { asProblem } from "./task";

/** Of what goes up at once; the service takes 20 MB. */
const BATCH_BYTES = 16 * 1024 * 1024;
const BATCH_FILES = 200;

export const ingest = signal<Ingest | null>(null);
export const ingestProblem = signal<api.Problem | null>(null);
/** Did the service end before the batch did? What it had told of is in the library. */
export const isLost = signal(false);
/** Files that were not sent yet. */
export const unsent = signal(0);
let isStopped = false;

export async function addPictures(files: readonly File[]): Promise<void> {
  ingestProblem.value = null;
  isLost.value = false;
  isStopped = false;
  unsent.value = files.length;
  try {
    for (const batch of batches(files)) {
      if (isStopped) break;
      const started = await api.startIngest(batch);
      unsent.value -= batch.length;
      await watch(started);
    }
  } catch (error) {
    ingestProblem.value = asProblem(error);
  } finally {
    unsent.value = 0;
  }
}

export async function stopAdding(): Promise<void> {
  isStopped = true;
  const now = ingest.value;
  if (now && !isOver(now)) await api.stopIngest(now.id).catch(() => undefined);
}

export function dismiss(): void {
  ingest.value = null;
  ingestProblem.value = null;
}

/** Go on watching what runs since before the page was loaded. */
export async function resume(): Promise<void> {
  try {
    const running = (await api.ingests()).find((one) => !isOver(one));
    if (running) await watch(running);
  } catch {
    // Nothing to watch.
  }
}

export function isOver(one: Ingest): boolean {
  return one.state === "done" || one.state === "cancelled";
}

/** Files in batches that the service takes, in their order. */
export function batches<F extends { readonly size: number }>(files: readonly F[]): F[][] {
  const out: F[][] = [];
  let held = 0;
  for (const file of files) {
    const last = out.at(-1);
    if (!last || held + file.size > BATCH_BYTES || last.length >= BATCH_FILES) {
      out.push([file]);
      held = file.size;
    } else {
      last.push(file);
      held += file.size;
    }
  }
  return out;
}

function watch(started: Ingest): Promise<void> {
  ingest.value = started;
  return new Promise((resolve) => {
    const events = new EventSource(api.ingestEvents(started.id));
    const end = () => {
      events.close();
      void loadLibrary();
      told.value += 1;
      resolve();
    };
    events.onmessage = ({ data }) => {
      const now = JSON.parse(data as string) as Ingest;
      ingest.value = now;
      if (isOver(now)) end();
    };
    events.onerror = () => {
      // The browser tries again by itself, unless the service said no: then the batch is gone with its process.
      if (events.readyState !== EventSource.CLOSED) return;
      ingest.value = { ...(ingest.value ?? started), state: "cancelled" };
      isLost.value = true;
      isStopped = true;
      end();
    };
  });
}
