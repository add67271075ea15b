// Characters without a rig: pictures on which the mapping network draws. They live in this browser alone.

import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import * as api from "../api/client";
import { whenBack } from "../api/reach";
import type { Face, Read, Redrawing, Redrawn } from "../api/types";
import { text } from "../strings";
import { opened } from "./desk";
import * as drawer from "./drawer";
import { reading } from "./photo";
import { staged } from "./stage";
import { asProblem, type Task } from "./task";

export const MOST = 4;
/** Pixels of the longer side of what is shown; what is taken along is as large as the picture. */
const SHOWN_PX = 1024;
const LARGEST_PX = 4096;

/** What is kept of a picture that can be drawn on. */
interface Kept {
  readonly id: string;
  readonly name: string;
  readonly picture: Blob;
  /** Which of its faces; null where it shows one. */
  readonly face: number | null;
  /** The style that it looks drawn in, which bounds its face. */
  readonly style: string;
  readonly size: { readonly width: number; readonly height: number };
  readonly box: readonly number[];
}

export interface Target extends Kept {
  /** Where the browser finds the picture: an address in memory. */
  readonly address: string;
}

/** A picture of several faces, while it is open who is meant. */
export interface Choice {
  readonly file: File;
  readonly address: string;
  readonly read: Read;
}

export const targets = signal<readonly Target[]>([]);
/** What is being looked at before it joins. */
export const isJudging = signal(false);
export const refused = signal<api.Problem | null>(null);
export const choice = signal<Choice | null>(null);
/** Id of the one that is shown large, or null. */
export const enlarged = signal<string | null>(null);

export async function load(): Promise<void> {
  const kept = await drawer.all<Kept>();
  targets.value = [...targets.value, ...kept.map(placed)].slice(0, MOST);
}

/** Pictures that were dropped, pasted or chosen, one after the other; what cannot be drawn on is refused. */
export async function add(files: readonly File[]): Promise<void> {
  refused.value = null;
  forgetChoice();
  for (const file of files) await addOne(file, null);
}

export function addFace(face: number): Promise<void> {
  const file = choice.value?.file;
  forgetChoice();
  return file ? addOne(file, face) : Promise.resolve();
}

export function forgetChoice(): void {
  if (choice.value) URL.revokeObjectURL(choice.value.address);
  choice.value = null;
}

export function remove(id: string): void {
  const gone = targets.value.find((one) => one.id === id);
  if (!gone) return;
  targets.value = targets.value.filter((one) => one !== gone);
  URL.revokeObjectURL(gone.address);
  void drawer.drop(id);
}

async function addOne(file: File, face: number | null): Promise<void> {
  if (targets.value.length >= MOST) {
    refused.value = new api.Problem("TooMany", text.target.tooMany(MOST));
    return;
  }
  isJudging.value = true;
  try {
    const judged = await api.redraw({ picture: file, name: file.name, face }, null, SHOWN_PX);
    const kept = keptOf(file, face, judged);
    targets.value = [...targets.value, placed(kept)];
    void drawer.keep(kept);
  } catch (error) {
    const problem = asProblem(error);
    if (problem.kind === "SeveralFaces") await letChoose(file, problem);
    else refused.value = problem;
  } finally {
    isJudging.value = false;
  }
}

async function letChoose(file: File, problem: api.Problem): Promise<void> {
  try {
    const read = await api.read(file, file.name, null, new AbortController().signal);
    choice.value = { file, address: URL.createObjectURL(file), read };
  } catch {
    refused.value = problem;
  }
}

function keptOf(file: File, face: number | null, { target, style }: Redrawing): Kept {
  const { picture, faces, face: number } = target.reading;
  const { box_xyxy: box = [] } = (faces[number - 1] ?? {}) as Partial<Face>;
  return {
    id: crypto.randomUUID(),
    name: nameOf(file),
    picture: file,
    face,
    style,
    size: { width: picture.width_px, height: picture.height_px },
    box,
  };
}

/** `Mika v3 (final).png` -> `Mika v3 (final)`; what is pasted has no name of its own. */
export function nameOf(file: { readonly name: string }): string {
  const stem = file.name.replace(/\.[a-z0-9]{2,5}$/i, "").trim();
  return !stem || /^image$/i.test(stem) ? text.target.unnamed : stem;
}

function placed(kept: Kept): Target {
  return { ...kept, address: URL.createObjectURL(kept.picture) };
}

/** What the network makes of each picture, by its id. */
export type Drawings = ReadonlyMap<string, Task<Redrawn>>;

const NOTHING: Task<Redrawn> = { status: "idle", value: undefined };

/** Draw a source on every picture, one at a time, always the latest. */
function drawings(source: ReadonlySignal<api.Source | null>, { keep }: { keep: boolean }) {
  const drawn: Signal<Drawings> = signal(new Map());
  /** What was asked of each picture last. */
  const done = new Map<string, string>();
  let isBusy = false;
  const put = (id: string, task: Task<Redrawn>) => {
    drawn.value = new Map([...drawn.value, [id, task]]);
  };
  const one = async (target: Target, asked: api.Source) => {
    const before = drawn.value.get(target.id)?.value;
    put(target.id, { status: "busy", value: keep ? before : undefined });
    try {
      const { drawn: value } = await api.redraw(target, asked, SHOWN_PX);
      put(target.id, value ? { status: "done", value } : NOTHING);
    } catch (error) {
      const problem = asProblem(error);
      if (problem.kind !== "Offline") put(target.id, { status: "failed", value: undefined, problem });
      else whenBack(() => again(target.id));
    }
  };
  const next = async () => {
    if (isBusy) return;
    isBusy = true;
    for (;;) {
      const asked = source.value;
      const said = JSON.stringify(asked);
      const target = targets.value.find(({ id }) => done.get(id) !== said);
      if (!target) break;
      done.set(target.id, said);
      if (asked) await one(target, asked);
      else put(target.id, NOTHING);
    }
    isBusy = false;
  };
  const again = (id: string) => {
    done.delete(id);
    void next();
  };
  return {
    of: (id: string): Task<Redrawn> => drawn.value.get(id) ?? NOTHING,
    again,
    follow: () =>
      effect(() => {
        void source.value;
        void targets.value;
        // While a photo is read, the last faces stay on show.
        if (reading.value.status !== "busy") untracked(() => void next());
      }),
  };
}

/** What the stage shows, on every picture. */
export const onStage = drawings(staged, { keep: true });

const openedId = computed(() => opened.value?.asset.id ?? null);
/** What the opened expression of the library shows, on every picture. */
export const inDetail = drawings(
  computed(() => (openedId.value ? { asset: openedId.value } : null)),
  { keep: false },
);

/** As large as the picture itself, as a PNG. */
export async function whole(target: Target): Promise<string> {
  const asked = staged.value;
  const known = onStage.of(target.id).value;
  if (known && Math.max(target.size.width, target.size.height) <= SHOWN_PX) return known.picture;
  const { drawn } = await api.redraw(target, asked, LARGEST_PX);
  return drawn?.picture ?? target.address;
}
