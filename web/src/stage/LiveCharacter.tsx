import { useMemo } from "preact/hooks";
import type { Mapped } from "../api/types";
import { text } from "../strings";
import { Picture } from "../ui/Picture";
import { pictureOf } from "./CharacterCard";
import { SculptedView } from "./three/SculptedView";

/** Is there a graphics processor behind WebGL? Without one a head that moves all the time would starve the reader. */
const hasGraphics = once(() => {
  const pen = document.createElement("canvas").getContext("webgl2");
  const told = pen?.getExtension("WEBGL_debug_renderer_info");
  const name = pen && told ? String(pen.getParameter(told.UNMASKED_RENDERER_WEBGL)) : "";
  pen?.getExtension("WEBGL_lose_context")?.loseContext();
  return name !== "" && !/swiftshader|llvmpipe|software/i.test(name);
});

/** A character in a pose: vectors for a drawn one, a head to walk around for a sculpted one.
 * `moving`: it changes many times a second. */
export function LiveCharacter({ mapped, alt, moving = false }: { mapped: Mapped; alt: string; moving?: boolean }) {
  const { head, character } = mapped;
  const turn = useMemo(
    () => ({ yaw: head.yaw_rad, pitch: head.pitch_rad, roll: head.roll_rad }),
    [head.yaw_rad, head.pitch_rad, head.roll_rad],
  );
  if (character.kind === "drawn" || (moving && !hasGraphics())) {
    return <Picture address={pictureOf(mapped, moving ? 256 : 640)} alt={alt} otherwise={text.stage.failedPicture} />;
  }
  const address = `/api/v1/characters/${encodeURIComponent(character.id)}/mesh.glb`;
  return <SculptedView address={address} coefficients={mapped.coefficients} turn={turn} name={character.name} />;
}

function once<T>(work: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: work() };
    return made.value;
  };
}
