import { beforeEach, describe, expect, test } from "vitest";
import { CATALOGUE } from "../../src/catalog/catalogue.ts";
import { recommendFrom, type Wish } from "../../src/catalog/recommend.ts";
import { Http } from "../../src/hub/remote/http.ts";
import { refreshCatalogue } from "../../src/model/recommend-online.ts";
import { LocalHub } from "../support/local-hub.ts";

const hub = await LocalHub.start();
process.env.HF_ENDPOINT = hub.origin;
process.env.HF_HUB_DISABLE_IMPLICIT_TOKEN = "1";

const wish: Wish = { use: "chat", memory: 8 * 2 ** 30 };
const usual = recommendFrom(wish).recommendations;

/** Publishes the repositories that the catalogue names for a wish's best models, with these packings. */
function publish(packings: readonly string[], cardData: object = { license: "apache-2.0" }): void {
  for (const { gguf, reference } of CATALOGUE) {
    if (gguf === undefined) continue;
    const name = reference.split("/")[1];
    const files = packings.map(
      (packing) => [`${name}-${packing}.gguf`, Buffer.alloc(packing.length)] as const,
    );
    hub.publish(gguf.repository, Object.fromEntries(files), { cardData, downloads: 1234 });
  }
}

beforeEach(() => hub.reset());

describe("what the hub says corrects the catalogue", () => {
  test("where all is as listed, the list stays, with its sizes and downloads", async () => {
    publish(["Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0"]);
    const { catalogue, facts, requests, missing } = await refreshCatalogue(wish, new Http());
    const again = recommendFrom(wish, catalogue).recommendations;
    expect(again.map(({ model }) => model.reference)).toEqual(usual.map(({ model }) => model.reference));
    expect(missing).toEqual([]);
    expect(requests).toBe(again.length);
    for (const { model } of again) {
      expect(facts.get(model.reference)).toMatchObject({
        repository: model.gguf?.repository,
        downloads: 1234,
        licence: "apache-2.0",
        files: { Q4_K_M: 6, Q8_0: 4 },
      });
    }
  });

  test("only packings that are there are recommended", async () => {
    publish(["Q4_K_M", "IQ2_XXS"]);
    const { catalogue } = await refreshCatalogue(wish, new Http());
    for (const { form } of recommendFrom(wish, catalogue).recommendations) {
      expect(form).toMatchObject({ way: "run", quantization: "Q4_K_M" });
    }
  });

  test("another licence on the card counts from then on", async () => {
    publish(["Q4_K_M"], { license: "cc-by-nc-4.0" });
    const { catalogue } = await refreshCatalogue({ ...wish, licence: "permissive" }, new Http());
    const best = usual[0]?.model.reference;
    expect(catalogue.find(({ reference }) => reference === best)?.licence).toEqual({
      name: "cc-by-nc-4.0",
      kind: "research",
    });
  });

  test("what is gone is named and not recommended as a file, within bounded requests", async () => {
    hub.mischief.push(() => ({ status: 404, headers: { "x-error-code": "RepoNotFound" } }));
    const { catalogue, missing, requests } = await refreshCatalogue(wish, new Http());
    expect(missing).toContain(usual[0]?.model.gguf?.repository);
    expect(requests).toBeLessThanOrEqual(16);
    const gone = new Set(missing);
    for (const { gguf } of catalogue) {
      if (gguf !== undefined) expect(gone).not.toContain(gguf.repository);
    }
  });

  test("training asks for the weights themselves", async () => {
    hub.mischief.push(() => ({ status: 404, headers: { "x-error-code": "RepoNotFound" } }));
    await refreshCatalogue({ use: "finetune", memory: 24 * 2 ** 30 }, new Http());
    expect(hub.seen.map(({ path }) => path)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\/api\/models\/Qwen\/Qwen3\.5-9B-Base\/revision/)]),
    );
  });

  test.each([500, 429])("a hub that answers %d is an error and no list", async (status) => {
    hub.mischief.push(() => ({ status, headers: { "retry-after": "0" } }));
    await expect(refreshCatalogue(wish, new Http({ retryMs: 1 }))).rejects.toMatchObject({ exitCode: 4 });
  });
});
