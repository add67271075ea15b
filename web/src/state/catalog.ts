// Who and what there is: characters, styles, the library's counts. Asked once.

import { computed, signal } from "@preact/signals";
import * as api from "../api/client";
import { whenBack } from "../api/reach";
import type { Character, Control, Library, Style } from "../api/types";
import { text } from "../strings";
import { asProblem, latest } from "./task";
import type { Places } from "./wheel";

interface Catalog {
  characters: Character[];
  styles: Style[];
  controls: Control[];
  emotions: Places;
  /** Weight of each ranking criterion, unless the person says otherwise. */
  criteria: Record<string, number>;
}

const asked = latest<Catalog>();
export const catalog = asked.task;
/** Null while unknown, and where there is no library. */
export const library = signal<Library | null>(null);

export async function loadCatalog(): Promise<void> {
  await asked.run(async () => {
    const [characters, styles, words] = await Promise.all([api.characters(), api.styles(), api.vocabulary()]);
    return { characters, styles, controls: words.controls, emotions: words.emotions, criteria: words.criteria };
  });
  await loadLibrary();
}

export async function loadLibrary(): Promise<void> {
  try {
    library.value = await api.library();
  } catch (error) {
    // The results say what is wrong with the library; its counts are only decoration.
    library.value = null;
    if (asProblem(error).kind === "Offline") whenBack(() => void loadLibrary());
  }
}

export const controls = computed(() => catalog.value.value?.controls ?? []);
export const emotionPlaces = computed<Places>(() => catalog.value.value?.emotions ?? {});
export const criteria = computed(() => catalog.value.value?.criteria ?? {});

const byId = computed(() => new Map((catalog.value.value?.characters ?? []).map((c) => [c.id, c])));

export function characterName(id: string, otherwise: string): string {
  return byId.value.get(id)?.name ?? (id || otherwise);
}

/** Whom an expression is of; a photo of nobody in the cast goes by the name of its file. */
export function whoIs(asset: { readonly character: string; readonly source: string }): string {
  const file = asset.source.split(/[/\\]/).at(-1) ?? "";
  return characterName(asset.character, file || text.library.unknownCharacter);
}

export function characterOf(id: string): Character | undefined {
  return byId.value.get(id);
}

export function styleOf(id: string): Style | undefined {
  return catalog.value.value?.styles.find((style) => style.id === id);
}

/** As the page's language has it; styles of one's own as their files say. */
export function styleName(id: string): string {
  return text.styles[id] ?? catalog.value.value?.styles.find((style) => style.id === id)?.name ?? id;
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
