// A signal that the browser remembers; private windows may refuse, and then it is just a signal.

import { effect, type Signal, signal } from "@preact/signals";

export function remembered<T>(key: string, initial: T): Signal<T> {
  const value = signal<T>(recall(key) ?? initial);
  effect(() => {
    try {
      localStorage.setItem(key, JSON.stringify(value.value));
    } catch {
      // Not remembered, and nobody is worse off.
    }
  });
  return value;
}

function recall<T>(key: string): T | undefined {
  try {
    const text = localStorage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}
