import { restingPicture } from "../api/client";
import { pictureOf, SIZE } from "../stage/CharacterCard";
import { CurveDownloads } from "../stage/CurveDownloads";
import { Curves, Notes } from "../stage/Curves";
import { Ranges } from "../stage/Ranges";
import { styleName } from "../state/catalog";
import { enlarged, mappedOf, places } from "../state/stage";
import { text } from "../strings";
import { Dialog } from "../ui/Dialog";
import { Picture } from "../ui/Picture";

/** A character large, with the curves it was given and the style's range around them. */
export function CharacterDialog() {
  const place = places.value.find((one) => one.style.id === enlarged.value);
  if (!place) return null;
  const { character, style } = place;
  const mapped = mappedOf(character.id);
  return (
    <Dialog
      title={`${character.name}, ${styleName(style.id)}`}
      onClose={() => {
        enlarged.value = null;
      }}
    >
      <div class="detail">
        <div class="detail-picture">
          <Picture
            address={mapped ? pictureOf(mapped, 1024) : restingPicture(character.id, character.kind, 1024)}
            alt={text.stage.altRest(character.name, styleName(style.id))}
            otherwise={text.stage.failedPicture}
            meanwhile={mapped ? pictureOf(mapped, SIZE) : restingPicture(character.id, character.kind, SIZE)}
          />
        </div>
        <div class="detail-facts">
          {character.description && (
            <p class="quiet-text" lang="en">
              {character.description}
            </p>
          )}
          {character.licence && (
            <p class="quiet-text" lang="en">
              {character.licence}
            </p>
          )}
          <h3>{text.stage.range}</h3>
          <p class="quiet-text" lang="en">
            {style.description}
          </p>
          <Ranges style={style} controls={mapped?.controls ?? {}} />
          {mapped && (
            <>
              <Curves bounded={mapped.bounded} />
              <Notes notes={mapped.notes} />
              <CurveDownloads mapped={mapped} name={character.name} drawn={character.kind === "drawn"} />
            </>
          )}
        </div>
      </div>
    </Dialog>
  );
}
