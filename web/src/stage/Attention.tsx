import { useId } from "preact/hooks";
import type { Attention as Looked } from "../api/types";
import { text } from "../strings";

export const LOOKED_AT = ["mouth", "eye", "brow", "cheek"] as const;
/** Below this share of a map's peak nothing is drawn. */
const FAINTEST = 0.08;

interface AttentionProps {
  looked: Looked;
  width: number;
  height: number;
  /** Which maps, each in its own colour. */
  maps?: readonly string[];
}

/** Where a network looked: a soft light for each map, over the picture in the picture's own pixels. */
export function Attention({ looked, width, height, maps: shown = LOOKED_AT }: AttentionProps) {
  const id = useId();
  const { side, corners, maps } = looked;
  const [origin = [0, 0], along = [1, 0], , down = [0, 1]] = corners;
  const axis = (to: readonly number[]) => [0, 1].map((k) => ((to[k] ?? 0) - (origin[k] ?? 0)) / side);
  const matrix = [...axis(along), ...axis(down), ...origin].map((value) => value.toFixed(3)).join(" ");
  return (
    <svg class="overlay attention" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <filter id={id} x="-10%" y="-10%" width="120%" height="120%">
        <feGaussianBlur stdDeviation="0.55" />
      </filter>
      {shown.map((region) => (
        <g key={region} class={`looked ${region}`} transform={`matrix(${matrix})`} filter={`url(#${id})`}>
          {cells(maps[region] ?? [], side).map(({ x, y, share }) => (
            <rect key={`${x} ${y}`} x={x} y={y} width="1.02" height="1.02" fill-opacity={share.toFixed(2)} />
          ))}
        </g>
      ))}
    </svg>
  );
}

/** The regions and their colours. */
export function AttentionLegend() {
  return (
    <ul class="attention-legend" aria-label={text.photo.looked}>
      {LOOKED_AT.map((region) => (
        <li key={region} class={`looked ${region}`}>
          {text.regionsShort[region]}
        </li>
      ))}
    </ul>
  );
}

/** What is worth drawing of a map of 0..255, row by row. */
export function cells(map: readonly number[], side: number): { x: number; y: number; share: number }[] {
  return map
    .map((value, i) => ({ x: i % side, y: Math.floor(i / side), share: value / 255 }))
    .filter(({ share }) => share > FAINTEST);
}
