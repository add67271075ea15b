import { library } from "../state/catalog";
import { VIEWS, view } from "../state/desk";
import { flipTheme, isDark } from "../state/theme";
import { chooseLanguage, LANGUAGES, type Language, language, text } from "../strings";
import { focusMain, MAIN } from "../ui/focus";
import { Icon } from "../ui/Icon";
import { Adding } from "./Adding";
import { EmbeddingProgress } from "./Embedding";

const ICONS = { search: "grid", live: "camera", map: "map" } as const;

export function Header() {
  return (
    <header class="top">
      <a
        class="skip"
        href={`#${MAIN}`}
        onClick={(event) => {
          // The address says what is asked, not where the keyboard is.
          event.preventDefault();
          focusMain();
        }}
      >
        {text.skip}
      </a>
      <h1 class="wordmark">
        <img src="/icon.svg" alt="" width={26} height={26} />
        {text.name}
      </h1>
      <nav class="views" aria-label={text.views.title}>
        {VIEWS.map((one) => (
          <button
            type="button"
            key={one}
            aria-current={view.value === one ? "page" : undefined}
            onClick={() => {
              view.value = one;
            }}
          >
            <Icon name={ICONS[one]} size={16} />
            {text.views[one]}
          </button>
        ))}
      </nav>
      <span class="grow" />
      <EmbeddingProgress />
      <Adding />
      {library.value && <p class="holds">{text.library.holds(library.value.assets)}</p>}
      <label class="select language">
        <span class="unseen">{text.language}</span>
        <Icon name="globe" size={16} />
        <select value={language()} onChange={(event) => void chooseLanguage(event.currentTarget.value as Language)}>
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
        <Icon name="down" size={14} />
      </label>
      <button type="button" class="button quiet square small" onClick={flipTheme}>
        <Icon name={isDark.value ? "sun" : "moon"} />
        <span class="unseen">{isDark.value ? text.theme.toLight : text.theme.toDark}</span>
      </button>
    </header>
  );
}
