import { topEmotion } from "../state/face";
import { expression, reading } from "../state/photo";
import { results } from "../state/results";
import { mapping } from "../state/stage";
import { text } from "../strings";

/** Says to a screen reader what the eye sees happen. */
export function Announcer() {
  const said: string[] = [];
  if (reading.value.status === "busy") said.push(text.photo.reading);
  const emotion = expression.value?.emotion;
  if (emotion) {
    const top = topEmotion(emotion);
    said.push(text.reading.done(text.emotions[top] ?? top, text.reading.strength(emotion.intensity)));
    if (mapping.value.status === "done") said.push(text.stage.done(mapping.value.value.size));
  }
  if (results.value.status === "done") {
    const { total } = results.value.value;
    said.push(total ? text.library.done(total) : text.library.noneDone);
  }
  return (
    <p class="unseen" aria-live="polite">
      {said.join(" ")}
    </p>
  );
}
