interface MeterProps {
  label: string;
  /** 0..1. */
  value: number;
  shown: string;
  strong?: boolean;
  faint?: boolean;
}

/** A labelled bar. */
export function Meter({ label, value, shown, strong = false, faint = false }: MeterProps) {
  const kind = `meter${strong ? " strong" : ""}${faint ? " faint" : ""}`;
  return (
    <div class={kind}>
      <span class="meter-label">{label}</span>
      <span class="meter-track" aria-hidden="true">
        <span class="meter-fill" style={{ transform: `scaleX(${Math.max(0, Math.min(1, value))})` }} />
      </span>
      <span class="meter-value">{shown}</span>
    </div>
  );
}
