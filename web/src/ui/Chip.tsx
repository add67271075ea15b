import type { ComponentChildren } from "preact";
import { text } from "../strings";
import { leaveChip } from "./focus";
import { Icon } from "./Icon";

/** Something that is on or off. */
export function ToggleChip({
  on,
  onToggle,
  children,
}: {
  on: boolean;
  onToggle: () => void;
  children: ComponentChildren;
}) {
  return (
    <button type="button" class="chip" aria-pressed={on} onClick={onToggle}>
      {children}
    </button>
  );
}

/** Something that was asked for and can be taken away. */
export function RemovableChip({
  label,
  onRemove,
  children,
}: {
  label: string;
  onRemove: () => void;
  /** A small picture before the words. */
  children?: ComponentChildren;
}) {
  return (
    <button
      type="button"
      class="chip asked"
      aria-label={text.library.remove(label)}
      onClick={(event) => {
        leaveChip(event.currentTarget);
        onRemove();
      }}
    >
      {children}
      <span class="chip-label">{label}</span>
      <Icon name="close" size={14} />
    </button>
  );
}
