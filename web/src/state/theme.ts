// Light or dark: what the system says, until the person says otherwise.

import { computed, effect, signal } from "@preact/signals";
import { remembered } from "./memory";

const wish = remembered<"light" | "dark" | null>("mien.theme", null);
const system = signal(false);

export const isDark = computed(() => (wish.value ? wish.value === "dark" : system.value));

export function flipTheme(): void {
  wish.value = isDark.value ? "light" : "dark";
}

export function followTheme(query: MediaQueryList, paint: (theme: "light" | "dark") => void): void {
  system.value = query.matches;
  query.addEventListener("change", (event) => {
    system.value = event.matches;
  });
  effect(() => paint(isDark.value ? "dark" : "light"));
}
