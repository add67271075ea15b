// Work that is under way, done, or failed; and the rule that only the latest of its kind counts.

import { type Signal, signal } from "@preact/signals";
import { Problem } from "../api/client";
import { whenBack } from "../api/reach";
import { text } from "../strings";

/** `value` is the last that was good: it stays on show while the next is made. */
export type Task<T> =
  | { readonly status: "idle"; readonly value: undefined }
  | { readonly status: "busy"; readonly value: T | undefined }
  | { readonly status: "done"; readonly value: T }
  | { readonly status: "failed"; readonly value: undefined; readonly problem: Problem };

const IDLE = { status: "idle", value: undefined } as const;

export interface Latest<T> {
  readonly task: Signal<Task<T>>;
  /** Start; what runs already is called off. `keep` leaves the last value on show. */
  run(work: (signal: AbortSignal) => Promise<T>, options?: { keep?: boolean }): Promise<void>;
  reset(): void;
}

export function latest<T>(): Latest<T> {
  const task = signal<Task<T>>(IDLE);
  let running: AbortController | undefined;
  const latest: Latest<T> = {
    task,
    async run(work, { keep = true } = {}) {
      running?.abort();
      const mine = new AbortController();
      running = mine;
      task.value = { status: "busy", value: keep ? task.value.value : undefined };
      try {
        const value = await work(mine.signal);
        if (running === mine) task.value = { status: "done", value };
      } catch (error) {
        if (running !== mine) return;
        const problem = asProblem(error);
        if (problem.kind === "Offline") {
          // The page says so in one place; what was on show stays, and this goes on by itself.
          whenBack(() => {
            if (running === mine) void latest.run(work, { keep });
          });
        } else task.value = { status: "failed", value: undefined, problem };
      }
    },
    reset() {
      running?.abort();
      running = undefined;
      task.value = IDLE;
    },
  };
  return latest;
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem("Unexpected", text.problems.unexpected);
}
