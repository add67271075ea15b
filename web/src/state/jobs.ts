// Long work of the service, as it is seen: pictures that are added, the library that is embedded anew. A reloaded page
// goes on watching what runs.

import { computed, type Signal, signal } from "@preact/signals";
import * as api from "../api/client";
import { whenBack } from "../api/reach";
import type { Job } from "../api/types";
import { text } from "../strings";
import { library, loadLibrary } from "./catalog";
import { told } from "./ratings";
import { asProblem } from "./task";

/** Of what goes up at once; the service takes 20 MB. */
const BATCH_BYTES = 16 * 1024 * 1024;
const BATCH_FILES = 200;

/** Pictures that are added. */
export const ingest = signal<Job | null>(null);
/** Expressions that another version embedded, being embedded anew. */
export const embedding = signal<Job | null>(null);
export const jobProblem = signal<api.Problem | null>(null);
/** Did the service end before the batch did? What it had told of is in the library. */
export const isLost = signal(false);
/** Files that were not sent yet. */
export const unsent = signal(0);
/** Files that the service did not take: what was wrong is said, and they can be sent again. */
export const left = signal<readonly File[]>([]);
/** Batches of the same choice of files that are through. */
const through = signal<readonly Job[]>([]);
const tooLarge = signal<readonly Told[]>([]);
let isStopped = false;

interface Told {
  readonly name: string;
  readonly message: string;
  /** Did the page find the words? What the service says, it says in English. */
  readonly isOurs: boolean;
}

/** Everything that was chosen together, over all of its batches; null while nothing was. */
export const progress = computed(() => {
  const jobs = [...through.value, ...(ingest.value ? [ingest.value] : [])];
  const sum = (of: (job: Job) => number) => jobs.reduce((all, job) => all + of(job), 0);
  const problems: readonly Told[] = [
    ...tooLarge.value,
    ...jobs.flatMap((job) => job.problems.map((one) => ({ ...one, isOurs: false }))),
  ];
  if (jobs.length === 0 && problems.length === 0 && unsent.value === 0) return null;
  return {
    isRunning: (ingest.value !== null && !isOver(ingest.value)) || unsent.value > 0,
    done: sum((job) => job.done),
    total: sum((job) => job.total) + unsent.value,
    added: sum((job) => job.added),
    skipped: sum((job) => job.skipped),
    problems,
  };
});

/** How many expressions no search finds, while nobody works on them. */
export const unembedded = computed(() => {
  const now = embedding.value;
  return now && !isOver(now) ? 0 : (library.value?.outdated ?? 0);
});

export async function addPictures(files: readonly File[]): Promise<void> {
  dismiss();
  const fits = files.filter((file) => file.size <= api.MAX_PICTURE_BYTES);
  tooLarge.value = files
    .filter((file) => !fits.includes(file))
    .map((file) => ({ name: file.name, message: text.problems.tooLarge(file.size), isOurs: true }));
  await send(fits);
}

/** Send what the service did not take. */
export function addLeft(): Promise<void> {
  return send(left.value);
}

async function send(files: readonly File[]): Promise<void> {
  jobProblem.value = null;
  isLost.value = false;
  isStopped = false;
  left.value = files;
  unsent.value = files.length;
  try {
    for (const batch of batches(files)) {
      if (isStopped) break;
      const started = await api.startIngest(batch);
      left.value = left.value.slice(batch.length);
      unsent.value -= batch.length;
      if (ingest.value) through.value = [...through.value, ingest.value];
      await watch(started, ingest);
    }
    if (isStopped) left.value = [];
  } catch (error) {
    const problem = asProblem(error);
    if (problem.kind === "Offline") whenBack(() => void addLeft());
    else jobProblem.value = problem;
  } finally {
    unsent.value = 0;
  }
}

export async function embedAnew(): Promise<void> {
  jobProblem.value = null;
  try {
    await watch(await api.startEmbedding(), embedding);
  } catch (error) {
    jobProblem.value = asProblem(error);
  }
}

export async function stopAdding(): Promise<void> {
  isStopped = true;
  await stopJob(ingest.value);
}

export async function stopJob(job: Job | null): Promise<void> {
  if (job && !isOver(job)) await api.stopJob(job.id).catch(() => undefined);
}

export function dismiss(): void {
  ingest.value = null;
  through.value = [];
  tooLarge.value = [];
  left.value = [];
  jobProblem.value = null;
}

/** Go on watching what runs since before the page was loaded. */
export async function resume(): Promise<void> {
  try {
    const running = (await api.jobs()).filter((one) => !isOver(one) && !watched.has(one.id));
    await Promise.all(running.map((one) => watch(one, one.kind === "embed" ? embedding : ingest)));
  } catch {
    // Nothing to watch.
  }
}

export function isOver(one: Job): boolean {
  return one.state === "done" || one.state === "cancelled" || one.state === "failed";
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

const watched = new Set<string>();

function watch(started: Job, shown: Signal<Job | null>): Promise<void> {
  shown.value = started;
  watched.add(started.id);
  return new Promise((resolve) => {
    const events = new EventSource(api.jobEvents(started.id));
    const end = async (last: Job | null) => {
      events.close();
      // What the library holds by now is known before the work is called done.
      await loadLibrary();
      shown.value = last;
      told.value += 1;
      resolve();
    };
    events.onmessage = ({ data }) => {
      const now = JSON.parse(data as string) as Job;
      if (isOver(now)) void end(now);
      else shown.value = now;
    };
    events.onerror = () => {
      // The browser tries again by itself, unless the service said no: then the job is gone with its process.
      if (events.readyState !== EventSource.CLOSED) return;
      if (shown === embedding) {
        // A service that starts anew goes on with it by itself.
        void end(null).then(resume);
        return;
      }
      isLost.value = true;
      isStopped = true;
      void end({ ...(shown.value ?? started), state: "cancelled" });
    };
  });
}
