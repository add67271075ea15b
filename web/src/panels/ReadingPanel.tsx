import type { Emotion, Read } from "../api/types";
import { EMOTIONS, GUESS_BELOW, REGIONS, strongest, topEmotion } from "../state/face";
import { reading } from "../state/photo";
import { show, text, wordsOf } from "../strings";
import { downloadJson } from "../ui/download";
import { Meter } from "../ui/Meter";

/** What the face says, how sure that is, and what moves. */
export function ReadingPanel() {
  const now = reading.value;
  const read = now.value;
  return (
    <div class={`reading${now.status === "busy" ? " busy" : ""}`}>
      <div class="sheet">{read ? <Felt read={read} /> : <Blank />}</div>
      {read && (
        <div class="sheet">
          <Moves coefficients={read.reading.expression.coefficients} />
          <Everything read={read} />
        </div>
      )}
    </div>
  );
}

function Felt({ read }: { read: Read }) {
  const { expression, reasons } = read.reading;
  const { emotion, confidence } = expression;
  const top = topEmotion(emotion);
  const isGuess = confidence < GUESS_BELOW;
  const because = (reasons[top] ?? []).filter((reason) => reason.share > 0).slice(0, 3);
  return (
    <>
      <div class="verdict">
        <div>
          <p class="verdict-name">
            {text.emotions[top] ?? top}
            {isGuess && <span class="badge">{text.reading.guess}</span>}
          </p>
          <p class="quiet-text">
            {because.length > 0
              ? text.reading.because(
                  text.reading.strength(emotion.intensity),
                  because.map((one) => wordsOf(one.what)),
                )
              : text.reading.strength(emotion.intensity)}
          </p>
        </div>
        <Circumplex emotion={emotion} />
      </div>
      {isGuess && <p class="guess-note">{text.reading.guessWhy}</p>}
      <div class={isGuess ? "bars unsure" : "bars"}>
        {EMOTIONS.map((name) => {
          const share = emotion.probabilities[name] ?? 0;
          return (
            <Meter
              key={name}
              label={text.emotions[name] ?? name}
              value={share}
              shown={show.percent(share)}
              strong={name === top}
            />
          );
        })}
      </div>
      <dl class="numbers">
        <Figure name={text.reading.confidence} value={show.percent(confidence)} />
        <Figure name={text.reading.intensity} value={show.percent(emotion.intensity)} />
        <Figure name={text.reading.valence} value={show.signed(emotion.valence)} />
        <Figure name={text.reading.arousal} value={show.signed(emotion.arousal)} />
      </dl>
    </>
  );
}

function Everything({ read }: { read: Read }) {
  const { expression } = read.reading;
  return (
    <details class="more">
      <summary>{text.reading.all}</summary>
      <div class="all">
        {Object.entries(expression.coefficients).map(([name, value]) => {
          const isSeen = (expression.certainty[name] ?? 1) > 0;
          const shown = isSeen ? show.decimal(value) : text.reading.notSeen;
          return <Meter key={name} label={wordsOf(name)} value={value} shown={shown} faint={!isSeen || value < 0.05} />;
        })}
      </div>
      <p class="quiet-text">
        {text.reading.head}: {text.reading.turn} {show.degrees(expression.head.yaw_rad)}, {text.reading.nod}{" "}
        {show.degrees(expression.head.pitch_rad)}, {text.reading.tilt} {show.degrees(expression.head.roll_rad)}
      </p>
      <button type="button" class="button small" onClick={() => downloadJson(read.reading, "mien-reading.json")}>
        {text.reading.download}
      </button>
    </details>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Moves({ coefficients }: { coefficients: Record<string, number> }) {
  const moving = strongest(coefficients);
  return (
    <div class="moves">
      <h3>{text.reading.moves}</h3>
      <div class="moves-regions">
        {REGIONS.map((region) => (
          <div class="moves-region" key={region}>
            <h4>{text.regions[region]}</h4>
            {moving[region].length === 0 && <p class="quiet-text">{text.reading.still}</p>}
            {moving[region].map(({ name, value }) => (
              <Meter key={name} label={wordsOf(name)} value={value} shown={show.decimal(value)} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Valence to the right, arousal up. */
function Circumplex({ emotion }: { emotion: Emotion }) {
  const { valence, arousal } = emotion;
  return (
    <svg
      class="circumplex"
      viewBox="-1.3 -1.3 2.6 2.6"
      role="img"
      aria-label={text.reading.circumplex(valence, arousal)}
    >
      <circle class="circumplex-ring" r="1.02" />
      <circle class="circumplex-ring faint" r="0.51" />
      <path class="circumplex-axis" d="M-1.02 0H1.02M0-1.02V1.02" />
      <line class="circumplex-ray" x1="0" y1="0" x2={valence} y2={-arousal} />
      <circle class="circumplex-dot" cx={valence} cy={-arousal} r="0.13" />
    </svg>
  );
}

function Blank() {
  return (
    <div class="waiting pulsing">
      <p class="quiet-text">{text.photo.reading}</p>
      <div class="bars unsure" aria-hidden="true">
        {EMOTIONS.map((name) => (
          <Meter key={name} label={text.emotions[name] ?? name} value={0} shown="" />
        ))}
      </div>
    </div>
  );
}
