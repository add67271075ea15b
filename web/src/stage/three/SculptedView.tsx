import { useEffect, useRef, useState } from "preact/hooks";
import { text } from "../../strings";
import { Picture } from "../../ui/Picture";
import type { Coefficients } from "./combine";
import type { HeadTurn } from "./head";
import type { Viewer } from "./viewer";

interface SculptedViewProps {
  /** Of a .glb file, such as `/api/v1/characters/elena/mesh.glb`. */
  address: string;
  /** The character's own values by ARKit's names, 0..1; what is not named rests. */
  coefficients: Coefficients;
  turn?: HeadTurn;
  name: string;
  /** The same as a picture, for browsers that cannot draw in three dimensions. */
  picture?: { readonly address: string; readonly alt: string };
}

const STEP = Math.PI / 18;
const KEYS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
};

/** A sculpted head in three dimensions: drag or use the arrow keys to walk round it. three.js loads when it is shown. */
export function SculptedView({ address, coefficients, turn, name, picture }: SculptedViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const viewer = useRef<Viewer | null>(null);
  const [status, setStatus] = useState<"loading" | "there" | "failed">("loading");
  const latest = useRef({ coefficients, turn });
  latest.current = { coefficients, turn };

  useEffect(() => {
    const over = new AbortController();
    setStatus("loading");
    show(canvas.current, viewer, address, over.signal).then(
      () => {
        if (over.signal.aborted) return;
        viewer.current?.pose(latest.current.coefficients);
        viewer.current?.turn(latest.current.turn);
        setStatus("there");
      },
      () => {
        if (!over.signal.aborted) setStatus("failed");
      },
    );
    return () => over.abort();
  }, [address]);

  useEffect(() => viewer.current?.pose(coefficients), [coefficients]);
  useEffect(() => viewer.current?.turn(turn), [turn]);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const watch = new ResizeObserver(() => viewer.current?.resize(element.clientWidth, element.clientHeight));
    watch.observe(element);
    return () => {
      watch.disconnect();
      viewer.current?.dispose();
      viewer.current = null;
    };
  }, []);

  return (
    <div class="sculpted" data-status={status} aria-busy={status === "loading"}>
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={text.sculpted.label(name)}
        onKeyDown={(event) => {
          const step = KEYS[event.key];
          if (!step) return;
          event.preventDefault();
          viewer.current?.orbit(...step);
        }}
      />
      {status === "failed" && picture && <Picture {...picture} otherwise={text.stage.failedPicture} />}
      {status === "failed" && <p role="status">{text.sculpted.failed}</p>}
    </div>
  );
}

async function show(
  canvas: HTMLCanvasElement | null,
  viewer: { current: Viewer | null },
  address: string,
  signal: AbortSignal,
): Promise<void> {
  if (!canvas) return;
  const { openViewer } = await import("./viewer");
  if (signal.aborted) return;
  if (!viewer.current) {
    viewer.current = openViewer(canvas);
    viewer.current.resize(canvas.clientWidth, canvas.clientHeight);
  }
  await viewer.current.load(address, signal);
}
