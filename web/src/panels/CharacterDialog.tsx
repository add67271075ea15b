import { restingPicture } from "../api/client";
import { pictureOf } from "../stage/CharacterCard";
import { CurveDownloads } from "../stage/CurveDownloads";
import { Ranges } from "../stage/Ranges";
import { REGIONS, strongest } from "../state/face";
import { enlarged, mappedOf, places } from "../state/stage";
import { show, text, wordsOf } from "../strings";
import { Dialog } from "../ui/Dialog";
import { Meter } from "../ui/Meter";
import { Picture } from "../ui/Picture";

/** A character large, with the curves it was given and the style's range around them. */
export function CharacterDialog() {
  const place = places.value.find((one) => one.style.id === enlarged.value);
  if (!place) return null;
  const { character, style } = place;
  const mapped = mappedOf(character.id);
  const curves = strongest(mapped?.bounded ?? {}, { perRegion: 5, above: 0.02 });
  return (
    <Dialog
      title={`${character.name}, ${style.name}`}
      onClose={() => {
        enlarged.value = null;
      }}
    >
      <div class="detail">
        <div class="detail-picture">
          <Picture
            address={mapped ? pictureOf(mapped, 1024) : restingPicture(character.id, character.kind, 1024)}
            alt={text.stage.altRest(character.name, style.name)}
            otherwise={text.stage.failedPicture}
          />
        </div>
        <div class="detail-facts">
          <p class="quiet-text">{character.description}</p>
          <h3>{text.stage.range}</h3>
          <p class="quiet-text">{style.description}</p>
          <Ranges style={style} mapped={mapped} />
          {mapped && (
            <>
              <h3>{text.stage.curves}</h3>
              {REGIONS.filter((region) => curves[region].length).map((region) => (
                <section class="curves" key={region} aria-label={text.regions[region]}>
                  {curves[region].map(({ name, value }) => (
                    <Meter key={name} label={wordsOf(name)} value={value} shown={show.decimal(value)} />
                  ))}
                </section>
              ))}
              <h3>{text.stage.notes}</h3>
              {mapped.notes.length ? (
                <ul class="notes">
                  {mapped.notes.map((note) => (
                    <li key={note}>{note}</li>
                  ))}
                </ul>
              ) : (
                <p class="quiet-text">{text.stage.none}</p>
              )}
              <CurveDownloads mapped={mapped} name={character.name} drawn={character.kind === "drawn"} />
            </>
          )}
        </div>
      </div>
    </Dialog>
  );
}
