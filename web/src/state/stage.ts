// Which character stands for each style, and what each makes of the expression.

import { computed, effect, signal, untracked } from "@preact/signals";
import * as api from "../api/client";
import type { Character, Mapped, Style } from "../api/types";
import { casts, controls } from "./catalog";
import { withControls } from "./controls";
import { remembered } from "./memory";
import { expression, looksLike, PHOTO, reading } from "./photo";
import { sliders } from "./query";
import { latest } from "./task";

export interface Place {
  readonly style: Style;
  readonly character: Character;
  readonly characters: readonly Character[];
}

const chosen = remembered<Record<string, string>>("mien.cast", {});
const mapper = latest<Map<string, Mapped>>();
export const mapping = mapper.task;
/** What the stage shows: the face that was read, with the sliders' say; null at rest. */
export const staged = computed(() => {
  const face = withControls(expression.value, sliders.value, controls.value);
  const isSet = Object.keys(sliders.value).length > 0;
  return face && { expression: face, looksLike: expression.value ? looksLike.value : PHOTO, exact: isSet };
});
/** The style whose character is shown large, or null. */
export const enlarged = signal<string | null>(null);

/** One place for each style, in the order of the styles. */
export const places = computed<Place[]>(() =>
  casts.value.flatMap(({ style, characters }) => {
    const character = characters.find((c) => c.id === chosen.value[style.id]) ?? characters[0];
    return character ? [{ style, character, characters }] : [];
  }),
);

export function choose(styleId: string, characterId: string): void {
  chosen.value = { ...chosen.value, [styleId]: characterId };
}

export function mappedOf(characterId: string): Mapped | undefined {
  return mapping.value.value?.get(characterId);
}

export function restage(): Promise<void> {
  // While a photo is read, the last faces stay on show.
  if (reading.value.status === "busy") return Promise.resolve();
  const current = staged.value;
  const ids = places.value.map((place) => place.character.id);
  if (!current || ids.length === 0) {
    mapper.reset();
    return Promise.resolve();
  }
  return mapper.run(async (signal) => {
    const { characters } = await api.map(current.expression, ids, signal, current);
    return new Map(characters.map((mapped) => [mapped.character.id, mapped]));
  });
}

/** Wait this long after the last move of a slider: four pictures are drawn for each. */
const PAUSE_MS = 150;

/** Re-stage whenever the expression or the cast changes. Returns how to stop. */
export function follow(): () => void {
  let pause: ReturnType<typeof setTimeout> | undefined;
  let before = sliders.value;
  return effect(() => {
    void reading.value;
    void places.value;
    void staged.value;
    clearTimeout(pause);
    const isMoving = before !== sliders.value;
    before = sliders.value;
    if (isMoving) pause = setTimeout(() => void restage(), PAUSE_MS);
    else void untracked(restage);
  });
}
