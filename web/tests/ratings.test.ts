import { afterEach, expect, test, vi } from "vitest";
import { isDown } from "../src/api/reach";
import { lessOf, loadRatings, rate, ratingTrouble, rejected, stars, takeBack } from "../src/state/ratings";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("stars that were given while the service was away stay, and are given when it is back", async () => {
  vi.useFakeTimers();
  let isAway = true;
  const given: string[] = [];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    if (isAway) return Promise.reject(new TypeError("Failed to fetch"));
    if (init?.method === "PUT") given.push(`${path} ${JSON.parse(init.body as string).stars}`);
    return Promise.resolve(Response.json({ id: "abc" }));
  });
  await rate("abc", 4);
  expect(isDown.value).toBe(true);
  expect(stars.value.abc).toBe(4);
  expect(ratingTrouble.value).toBeNull();
  isAway = false;
  await vi.advanceTimersByTimeAsync(5000);
  expect(isDown.value).toBe(false);
  expect(given).toEqual(["/api/v1/assets/abc/rating 4"]);
  expect(stars.value.abc).toBe(4);
});

test("stars that the service refuses are taken back, and it is said why", async () => {
  const refusal = { error: { kind: "LibraryBusy", message: "Another process writes." } };
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(refusal, { status: 409 })));
  await rate("def", 5);
  expect(stars.value.def).toBeUndefined();
  expect(ratingTrouble.value?.message).toBe("Another process writes.");
});

test("what was turned down is known again after a reload, and can be taken back", async () => {
  const logged: { asset: string; value: number }[] = [];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    if (path.includes("/events")) {
      logged.push(JSON.parse(init?.body as string));
      return Promise.resolve(new Response(null, { status: 204 }));
    }
    return Promise.resolve(Response.json(path.includes("/refusals") ? ["abc"] : {}));
  });
  const stop = loadRatings();
  await vi.waitFor(() => expect(rejected.value).toEqual(["abc"]));
  stop();
  await lessOf("abc");
  expect(logged).toEqual([]);
  await takeBack("abc");
  expect(rejected.value).toEqual([]);
  await lessOf("abc");
  expect(rejected.value).toEqual(["abc"]);
  expect(logged.map(({ asset, value }) => `${asset} ${value}`)).toEqual(["abc 0", "abc 1"]);
});
