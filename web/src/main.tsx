import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./App";
import { listenForPhotos } from "./panels/dropping";
import { follow as followAddress } from "./state/address";
import { library, loadCatalog } from "./state/catalog";
import { followLooking, followOpened, followRanking } from "./state/desk";
import { resume as resumeJobs } from "./state/jobs";
import { followLearning } from "./state/learning";
import { follow as followPuppet } from "./state/puppet";
import { loadRatings } from "./state/ratings";
import { follow as followResults } from "./state/results";
import { follow as followSpace } from "./state/space";
import { follow as followExpression } from "./state/stage";
import * as targets from "./state/targets";
import { followTheme } from "./state/theme";
import { language, speak, wished } from "./strings";
import "./style/base.css";
import "./style/ui.css";
import "./style/panels.css";
import "./style/studio.css";

async function start(root: HTMLElement): Promise<void> {
  // Before the first picture, so that no word changes under the eyes.
  await speak(wished(navigator.languages));
  effect(() => {
    document.documentElement.lang = language();
  });
  followTheme(matchMedia("(prefers-color-scheme: dark)"), (theme) => {
    document.documentElement.dataset.theme = theme;
  });
  followAddress(window);
  render(<App />, root);
  listenForPhotos(window);
  followExpression();
  followResults();
  followRanking();
  followPuppet();
  followSpace();
  followLooking();
  followOpened(() => Object.keys(library.value?.styles ?? {}));
  targets.onStage.follow();
  targets.inDetail.follow();
  void targets.load();
  loadRatings();
  followLearning();
  void resumeJobs();
  void loadCatalog();
}

const root = document.getElementById("app");
if (root) void start(root);
