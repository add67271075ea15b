import { library } from "../state/catalog";
import { flipTheme, isDark } from "../state/theme";
import { text } from "../strings";
import { Icon } from "../ui/Icon";

export function Header() {
  return (
    <header class="top">
      <a class="skip" href="#results">
        {text.skip}
      </a>
      <h1 class="wordmark">
        <img src="/icon.svg" alt="" width={30} height={30} />
        {text.name}
      </h1>
      <p class="promise">{text.promise}</p>
      {library.value && <p class="holds">{text.library.holds(library.value.assets)}</p>}
      <button type="button" class="button quiet square" onClick={flipTheme}>
        <Icon name={isDark.value ? "sun" : "moon"} />
        <span class="unseen">{isDark.value ? text.theme.toLight : text.theme.toDark}</span>
      </button>
    </header>
  );
}
