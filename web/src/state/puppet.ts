// The character that follows the sliders: one question at a time, always about the latest face.

import { computed, effect, signal } from "@preact/signals";
import * as api from "../api/client";
import type { Mapped } from "../api/types";
import { casts } from "./catalog";
import { remembered } from "./memory";
import { face } from "./query";

const chosen = remembered("mien.puppet", "");
export const mapped = signal<Mapped | null>(null);

const everybody = computed(() => casts.value.flatMap(({ characters }) => characters));
export const candidates = casts;
/** Who was chosen; at first the first drawn character, because vectors follow a slider without a lag. */
export const puppet = computed(
  () =>
    everybody.value.find(({ id }) => id === chosen.value) ??
    everybody.value.find(({ kind }) => kind === "drawn") ??
    everybody.value[0],
);

export function choosePuppet(id: string): void {
  chosen.value = id;
}

/** Follow the face that is asked for. Returns how to stop. */
export function follow(): () => void {
  let isBusy = false;
  let isStale = false;
  const step = async () => {
    const asked = face.value;
    const who = puppet.value;
    if (!asked || !who) {
      mapped.value = null;
      return;
    }
    isBusy = true;
    isStale = false;
    try {
      const { characters } = await api.map(asked, [who.id], new AbortController().signal, { exact: true });
      if (face.value) mapped.value = characters[0] ?? null;
    } catch {
      // The last face stays; the next move asks again.
    } finally {
      isBusy = false;
    }
    if (isStale) void step();
  };
  return effect(() => {
    void face.value;
    void puppet.value;
    if (isBusy) isStale = true;
    else void step();
  });
}
