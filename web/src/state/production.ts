// The production at work: its ranking is followed, and it learns from what is done with hits.

import { remembered } from "./memory";

/** Its name, "" for none. */
export const production = remembered("mien.production", "");
