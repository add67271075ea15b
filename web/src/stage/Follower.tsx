import { useEffect, useMemo, useRef } from "preact/hooks";
import { meshOf } from "../api/client";
import type { LiveFigure } from "../api/types";
import { SculptedView } from "./three/SculptedView";
import { Vectors } from "./Vectors";

interface FollowerProps {
  figure: LiveFigure;
  name: string;
  alt: string;
  /** Called when what the figure says is on the screen. */
  onShown(): void;
}

/** Is there a graphics processor behind WebGL? Without one a head that moves all the time would starve the reader. */
export function hasGraphics(): boolean {
  const pen = document.createElement("canvas").getContext("webgl2");
  const told = pen?.getExtension("WEBGL_debug_renderer_info");
  const name = pen && told ? String(pen.getParameter(told.UNMASKED_RENDERER_WEBGL)) : "";
  pen?.getExtension("WEBGL_lose_context")?.loseContext();
  return name !== "" && !/swiftshader|llvmpipe|software/i.test(name);
}

/** A character that follows a camera: as the service drew it, or as a head in three dimensions. */
export function Follower({ figure, name, alt, onShown }: FollowerProps) {
  if (figure.svg !== null) return <Traced figure={figure} svg={figure.svg} alt={alt} onShown={onShown} />;
  if (figure.picture !== null) return <Drawn figure={figure} address={figure.picture} alt={alt} onShown={onShown} />;
  return <Posed figure={figure} name={name} onShown={onShown} />;
}

function Traced({ figure, svg, alt, onShown }: Omit<FollowerProps, "name"> & { svg: string }) {
  useShown(figure, onShown);
  return <Vectors svg={svg} name={figure.id} alt={alt} />;
}

function Drawn({ figure, address, alt, onShown }: Omit<FollowerProps, "name"> & { address: string }) {
  const image = useRef<HTMLImageElement>(null);
  // A picture like the one before it is not loaded again, so no event would tell.
  useShown(figure, onShown, () => image.current?.decode());
  return <img ref={image} class="picture there" src={address} alt={alt} width={320} height={320} draggable={false} />;
}

function Posed({ figure, name, onShown }: Omit<FollowerProps, "alt">) {
  const { head, coefficients } = figure;
  const turn = useMemo(() => ({ yaw: head.yaw_rad, pitch: head.pitch_rad, roll: head.roll_rad }), [head]);
  useShown(figure, onShown);
  return <SculptedView address={meshOf(figure.id)} coefficients={coefficients} turn={turn} name={name} />;
}

/** Tell of every figure, one that looks like the one before it included, once it is on the screen. */
function useShown(figure: LiveFigure, onShown: () => void, ready?: () => Promise<void> | undefined): void {
  const latest = useRef({ onShown, ready });
  latest.current = { onShown, ready };
  useEffect(() => {
    let frame = 0;
    let over = false;
    const tell = () => {
      if (!over) frame = requestAnimationFrame(() => latest.current.onShown());
    };
    // What cannot be decoded must not hold up the camera either.
    Promise.resolve(latest.current.ready?.()).then(tell, tell);
    return () => {
      over = true;
      cancelAnimationFrame(frame);
    };
  }, [figure]);
}
