import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { remembered } from "../state/memory";
import { Icon } from "./Icon";

/** A heading that folds what is below it away. */
export function FoldHead({
  id,
  title,
  note = "",
  isOpen,
}: {
  /** Of the heading, for what it names. */
  id: string;
  title: string;
  /** What is set inside, said while it is folded. */
  note?: string;
  isOpen: Signal<boolean>;
}) {
  return (
    <h2 id={id}>
      <button
        type="button"
        class="fold-head"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        <Icon name="down" size={14} />
        <span>{title}</span>
        {note && <span class="fold-note">{note}</span>}
      </button>
    </h2>
  );
}

/** A part of a panel that can be folded away; the browser remembers which. */
export function Fold({
  id,
  title,
  note,
  open = true,
  children,
}: {
  id: string;
  title: string;
  note?: string;
  open?: boolean;
  children: ComponentChildren;
}) {
  const isOpen = useMemo(() => remembered(`mien.fold.${id}`, open), [id, open]);
  return (
    <section class={isOpen.value ? "fold open" : "fold"} aria-labelledby={`fold-${id}`}>
      <FoldHead id={`fold-${id}`} title={title} isOpen={isOpen} {...(note ? { note } : {})} />
      {isOpen.value && <div class="fold-body">{children}</div>}
    </section>
  );
}
