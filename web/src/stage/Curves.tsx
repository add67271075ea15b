import { REGIONS, strongest } from "../state/face";
import { show, text, wordsOf } from "../strings";
import { Meter } from "../ui/Meter";

/** What a face was given inside its style, the strongest of each region. */
export function Curves({ bounded }: { bounded: Record<string, number> }) {
  const curves = strongest(bounded, { perRegion: 5, above: 0.02 });
  return (
    <>
      <h3>{text.stage.curves}</h3>
      {REGIONS.filter((region) => curves[region].length).map((region) => (
        <section class="curves" key={region} aria-label={text.regions[region]}>
          {curves[region].map(({ name, value }) => (
            <Meter key={name} label={wordsOf(name)} value={value} shown={show.decimal(value)} />
          ))}
        </section>
      ))}
    </>
  );
}

/** What could not be carried over as it was, in the words of the service. */
export function Notes({ notes }: { notes: readonly string[] }) {
  return (
    <>
      <h3>{text.stage.notes}</h3>
      {notes.length ? (
        <ul class="notes" lang="en">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      ) : (
        <p class="quiet-text">{text.stage.none}</p>
      )}
    </>
  );
}
