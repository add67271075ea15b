// Who and what there is: characters, styles, the library's counts. Asked once.

import { computed, signal } from "@preact/signals";
import * as api from "../api/client";
import type { Character, Library, Style } from "../api/types";
import { latest } from "./task";

interface Catalog {
  characters: Character[];
  styles: Style[];
}

const asked = latest<Catalog>();
export const catalog = asked.task;
/** Null while unknown, and where there is no library. */
export const library = signal<Library | null>(null);

export async function loadCatalog(): Promise<void> {
  await asked.run(async () => {
    const [characters, styles] = await Promise.all([api.characters(), api.styles()]);
    return { characters, styles };
  });
  try {
    library.value = await api.library();
  } catch {
    // The results say what is wrong with the library; its counts are only decoration.
    library.value = null;
  }
}

const byId = computed(() => new Map((catalog.value.value?.characters ?? []).map((c) => [c.id, c])));

export function characterName(id: string, otherwise: string): string {
  return byId.value.get(id)?.name ?? (id || otherwise);
}

export function styleName(id: string): string {
  return catalog.value.value?.styles.find((style) => style.id === id)?.name ?? id;
}

/** Each style that has a cast, with the characters that can act in it. */
export const casts = computed(() =>
  (catalog.value.value?.styles ?? [])
    .map((style) => ({
      style,
      characters: (catalog.value.value?.characters ?? []).filter((c) => c.style === style.cast),
    }))
    .filter(({ characters }) => characters.length > 0),
);
