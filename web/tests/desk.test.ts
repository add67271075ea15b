import { afterEach, expect, test, vi } from "vitest";
import { catalog, whoIs } from "../src/state/catalog";
import { axesOf, differing } from "../src/state/controls";
import {
  active,
  awaited,
  compareByIds,
  compared,
  followRanking,
  isComparing,
  isGone,
  open,
  openById,
  opened,
} from "../src/state/desk";
import { lanesOf, type Results, results } from "../src/state/results";

afterEach(() => vi.unstubAllGlobals());

test("a link to what is no longer in the library says so until something else is opened", async () => {
  vi.stubGlobal("fetch", () =>
    Promise.resolve(Response.json({ error: { kind: "UnknownName", message: "No." } }, { status: 404 })),
  );
  await openById("gone");
  expect(opened.value).toBeNull();
  expect(isGone.value).toBe(true);
  open({ asset: { id: "abc" }, factors: {}, score: 1 } as unknown as Parameters<typeof open>[0]);
  expect(isGone.value).toBe(false);
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({}, { status: 500 })));
  await openById("broken");
  expect(isGone.value).toBe(false);
});

test("the keyboard goes along with its hit, and to the top for a new question", () => {
  const answered = (request: Results["request"], ...ids: string[]) => {
    const hits = ids.map((id) => ({ asset: { id }, factors: {}, score: 1 })) as unknown as Results["hits"];
    results.value = { status: "done", value: { hits, total: ids.length, request, tookMs: 1 } };
  };
  const [question, other] = [{ text: "smirk" }, { text: "smirk" }];
  const stop = followRanking();
  answered(question, "a", "b", "c");
  active.value = 1;
  answered(question, "c", "a", "b");
  expect(active.value).toBe(2);
  results.value = { status: "busy", value: results.value.value };
  answered(question, "b", "c", "a");
  expect(active.value).toBe(0);
  active.value = 2;
  answered(question, "b", "c", "d");
  expect(active.value).toBe(2);
  answered(other, "d", "c", "b");
  expect(active.value).toBe(0);
  stop();
});

test("a link brings back what was compared, without what is gone, and for one alone there is nothing to compare", async () => {
  const gone = Response.json({ error: { kind: "UnknownName", message: "No." } }, { status: 404 });
  vi.stubGlobal("fetch", (path: string) => {
    const id = path.split("/").at(-1);
    return Promise.resolve(id === "gone" ? gone.clone() : Response.json({ id }));
  });
  isComparing.value = true;
  const coming = compareByIds(["a", "gone", "b"]);
  expect(awaited.value).toEqual(["a", "gone", "b"]);
  await coming;
  expect(compared.value.map(({ id }) => id)).toEqual(["a", "b"]);
  expect([awaited.value.length, isComparing.value]).toEqual([0, true]);
  await compareByIds(["b"]);
  expect(compared.value.map(({ id }) => id)).toEqual(["b"]);
  expect(isComparing.value).toBe(false);
});

test("a photo of nobody in the cast goes by the name of its file", () => {
  expect(whoIs({ character: "", source: "takes/day 2/smirk.png" })).toBe("smirk.png");
  expect(whoIs({ character: "", source: "takes\\smirk.png" })).toBe("smirk.png");
  expect(whoIs({ character: "", source: "" })).toBe("Unknown");
  expect(whoIs({ character: "mika", source: "smirk.png" })).toBe("mika");
  expect(catalog.value.status).toBe("idle");
});

test("styles are in one order everywhere, those of one's own last", () => {
  const known = ["realistic", "cartoon", "anime"];
  expect(lanesOf([], ["clay", "anime", "realistic"], known)).toEqual(["realistic", "anime", "clay"]);
  expect(lanesOf(["cartoon"], ["anime", "realistic"], known)).toEqual(["cartoon"]);
});

test("what differs is named once where left and right go together, and by its side where they do not", () => {
  const control = (name: string) => ({ name, region: "mouth", low: ["x"], high: ["y"] });
  const axes = axesOf(
    ["jaw_open", "lid_left", "lid_right", "mouth_corner_left", "mouth_corner_right"].map(control) as never,
  );
  const smile = { mouth_corner_left: 0.9, mouth_corner_right: 0.91, lid_left: 0.5, lid_right: 0.5, jaw_open: 0.5 };
  const wink = { mouth_corner_left: 0.6, mouth_corner_right: 0.6, lid_left: 0.1, lid_right: 0.5, jaw_open: 0.51 };
  expect(differing(axes, [smile, wink])).toEqual([
    { name: "lid_left", control: "lid_left" },
    { name: "mouth_corner", control: "mouth_corner_left" },
  ]);
  expect(differing(axes, [smile, smile])).toEqual([]);
});
