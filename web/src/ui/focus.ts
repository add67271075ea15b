// Where the keyboard goes when what it was at is gone, and past what comes before the main part of a view.

/** Id of the main part of each view. */
export const MAIN = "content";

/** To the main part itself: Tab goes on from there. */
export function focusMain(): void {
  document.getElementById(MAIN)?.focus();
}

/** To the hit it was at last; where there is none, to the main part. */
export function focusHits(): void {
  const main = document.getElementById(MAIN);
  const hit = main?.querySelector<HTMLElement>('button.hit[tabindex="0"]');
  (hit ?? main)?.focus({ preventScroll: true });
}

/** From a chip that is about to go to the next one, else the one before, else the hits. */
export function leaveChip(chip: HTMLElement): void {
  if (document.activeElement !== chip) return;
  const all = [...(chip.parentElement?.querySelectorAll<HTMLElement>(".chip") ?? [])];
  const at = all.indexOf(chip);
  const next = all[at + 1] ?? all[at - 1];
  if (next) next.focus();
  else focusHits();
}
