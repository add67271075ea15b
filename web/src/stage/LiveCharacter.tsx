import { useMemo } from "preact/hooks";
import { meshOf } from "../api/client";
import type { Mapped } from "../api/types";
import { text } from "../strings";
import { Picture } from "../ui/Picture";
import { pictureOf } from "./CharacterCard";
import { SculptedView } from "./three/SculptedView";

/** A character in a pose: vectors for a drawn one, a head to walk around for a sculpted one. */
export function LiveCharacter({ mapped, alt }: { mapped: Mapped; alt: string }) {
  const { head, character } = mapped;
  const turn = useMemo(
    () => ({ yaw: head.yaw_rad, pitch: head.pitch_rad, roll: head.roll_rad }),
    [head.yaw_rad, head.pitch_rad, head.roll_rad],
  );
  const picture = { address: pictureOf(mapped, 640), alt };
  if (character.kind === "drawn") return <Picture {...picture} otherwise={text.stage.failedPicture} />;
  return (
    <SculptedView
      address={meshOf(character.id)}
      coefficients={mapped.coefficients}
      turn={turn}
      name={character.name}
      picture={picture}
    />
  );
}
