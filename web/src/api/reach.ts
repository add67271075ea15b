// Does the service answer? While it does not, the page says so once, asks again, and goes on where it was.

import { signal } from "@preact/signals";

export const ROOT = "/api/v1";

export const isDown = signal(false);

const FIRST_MS = 500;
const LONGEST_MS = 4000;

let waiting: (() => void)[] = [];

/** Do this once the service answers again. */
export function whenBack(work: () => void): void {
  waiting.push(work);
}

/** The service did not answer: ask until it does. */
export function lost(): void {
  if (isDown.value) return;
  isDown.value = true;
  void askAgain(FIRST_MS);
}

async function askAgain(pause: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, pause));
  try {
    const answer = await fetch(`${ROOT}/health`, { cache: "no-store" });
    if (answer.status < 500) {
      isDown.value = false;
      const work = waiting;
      waiting = [];
      for (const one of work) one();
      return;
    }
  } catch {
    // Still away.
  }
  void askAgain(Math.min(LONGEST_MS, 1.6 * pause));
}
