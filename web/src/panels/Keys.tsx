import { text } from "../strings";

/** What the keys do among the results. */
export function Keys() {
  return (
    <dl class="keys-list">
      {text.keys.list.map(([key, what]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
