import { render } from "preact";
import { App } from "./App";
import { listenForPhotos } from "./panels/dropping";
import { loadCatalog } from "./state/catalog";
import { follow as followQuery } from "./state/query";
import { follow as followExpression } from "./state/stage";
import { followTheme } from "./state/theme";
import "./style/base.css";
import "./style/ui.css";
import "./style/panels.css";

const root = document.getElementById("app");
if (root) {
  followTheme(matchMedia("(prefers-color-scheme: dark)"), (theme) => {
    document.documentElement.dataset.theme = theme;
  });
  render(<App />, root);
  listenForPhotos(window);
  followExpression();
  followQuery();
  void loadCatalog();
}
