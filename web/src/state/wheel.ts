// The emotion wheel: a place on the disc of valence and arousal is a mix of at most two feelings, the rest neutral.

export interface Place {
  readonly valence: number;
  readonly arousal: number;
}

export type Places = Readonly<Record<string, Place>>;
export type Mix = Record<string, number>;

const angle = ({ valence, arousal }: Place) => (Math.atan2(arousal, valence) + 2 * Math.PI) % (2 * Math.PI);

/** Feelings in the order of their angle, without neutral, which is the middle. */
export function around(places: Places): string[] {
  return Object.keys(places)
    .filter((name) => name !== "neutral")
    .sort((a, b) => angle(places[a] as Place) - angle(places[b] as Place));
}

/** The mix at a place: of the two feelings whose sector it lies in, so that `placeOf` gives the place back. */
export function mixAt(place: Place, places: Places): Mix {
  const names = around(places);
  const where = angle(place);
  for (const [i, name] of names.entries()) {
    const next = names[(i + 1) % names.length] as string;
    const a = places[name] as Place;
    const b = places[next] as Place;
    const span = (angle(b) - angle(a) + 2 * Math.PI) % (2 * Math.PI);
    const along = (where - angle(a) + 2 * Math.PI) % (2 * Math.PI);
    if (along > span) continue;
    // Nothing sits in the calm and pleasant quarter: there the nearer of its two neighbours is meant, the less so
    // the farther away.
    if (span > Math.PI / 2) return along < span / 2 ? alone(name, place, a) : alone(next, place, b);
    const area = a.valence * b.arousal - b.valence * a.arousal;
    const first = (place.valence * b.arousal - b.valence * place.arousal) / area;
    const second = (a.valence * place.arousal - place.valence * a.arousal) / area;
    return tidy({ [name]: first, [next]: second });
  }
  return {};
}

export function placeOf(mix: Mix, places: Places): Place {
  let valence = 0;
  let arousal = 0;
  let total = 0;
  for (const [name, share] of Object.entries(mix)) {
    const place = places[name];
    if (!place) continue;
    valence += share * place.valence;
    arousal += share * place.arousal;
    total += share;
  }
  const scale = total > 1 ? 1 / total : 1;
  return { valence: valence * scale, arousal: arousal * scale };
}

function alone(name: string, place: Place, feeling: Place): Mix {
  const length = feeling.valence ** 2 + feeling.arousal ** 2;
  return tidy({ [name]: (place.valence * feeling.valence + place.arousal * feeling.arousal) / length });
}

/** No more than all of it, in whole hundredths, and no traces. */
function tidy(mix: Mix): Mix {
  const total = Object.values(mix).reduce((sum, share) => sum + Math.max(0, share), 0);
  const scale = total > 1 ? 1 / total : 1;
  const out: Mix = {};
  for (const [name, share] of Object.entries(mix)) {
    const rounded = Math.round(100 * Math.max(0, share) * scale) / 100;
    if (rounded >= 0.03) out[name] = rounded;
  }
  return out;
}
