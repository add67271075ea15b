import { text } from "../strings";
import { Icon } from "./Icon";

const ALL = [1, 2, 3, 4, 5];

/** One to five stars; pressing the last one again takes them away. */
export function Stars({
  value,
  label,
  onChange,
  small = false,
}: {
  value: number;
  label: string;
  onChange: (stars: number) => void;
  small?: boolean;
}) {
  return (
    <fieldset class={small ? "stars small" : "stars"} aria-label={label}>
      {ALL.map((star) => (
        <button
          type="button"
          key={star}
          class={star <= value ? "star on" : "star"}
          aria-pressed={star === Math.round(value)}
          aria-label={text.rating.stars(star)}
          title={text.rating.stars(star)}
          onClick={() => onChange(star === value ? 0 : star)}
        >
          <Icon name="star" size={small ? 14 : 20} />
        </button>
      ))}
    </fieldset>
  );
}
