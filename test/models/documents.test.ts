import { describe, expect, it } from "vitest";
import { type Document, documents, heldOutDocuments } from "../../models/make/text/documents.ts";
import { PUBLIC_DOMAIN_SOURCE } from "../../models/make/text/publicdomain.ts";
import { NAMES, TOWNS } from "../../models/make/text/world.ts";

function take(seed: number, count: number): Document[] {
  const endless = documents(seed);
  return Array.from({ length: count }, () => endless.next().value);
}

const some = take(1, 300);
const ours = some.filter(({ source }) => source === "basewise");

describe("documents", () => {
  it("are the same for the same seed and others for another", () => {
    expect(take(7, 5)).toEqual(take(7, 5));
    expect(take(8, 1)[0]?.text).not.toBe(take(7, 1)[0]?.text);
  });

  it("are 5,000 to 12,000 characters long", () => {
    for (const { text } of some) {
      expect(text.length).toBeGreaterThanOrEqual(5_000);
      expect(text.length).toBeLessThanOrEqual(12_000);
    }
  });

  it("are about two fifths Chinese by bytes", () => {
    const bytes = (list: readonly Document[]) =>
      list.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    const share = bytes(some.filter(({ language }) => language === "zh")) / bytes(some);
    expect(share).toBeGreaterThan(0.33);
    expect(share).toBeLessThan(0.47);
  });

  it("hold a few documents of the public domain", () => {
    const share = some.filter(({ source }) => source === PUBLIC_DOMAIN_SOURCE).length / some.length;
    expect(share).toBeGreaterThan(0.02);
    expect(share).toBeLessThan(0.1);
  });

  it("show no chat format", () => {
    for (const { text } of ours) {
      expect(text).not.toMatch(/<\|/);
      expect(text).not.toMatch(/^(?:user|assistant|system|human|用户|助手)\s*[:：]/im);
    }
  });

  it("leave no slot unfilled and write the right article", () => {
    for (const { text } of ours) {
      expect(text).not.toMatch(/undefined|\[object|\{\w+\}/);
      expect(text).not.toMatch(/\ba [aeiou]\w/i);
    }
  });

  it("are different pieces: hardly a paragraph comes twice in different documents", () => {
    const paragraphs = ours
      .filter(({ language }) => language === "en")
      .flatMap(({ text }) => text.split("\n\n"));
    expect(new Set(paragraphs).size / paragraphs.length).toBeGreaterThan(0.9);
  });
});

describe("held-out documents", () => {
  const held = heldOutDocuments(100);
  const heldOurs = held.filter(({ source }) => source === "basewise");

  it("are the same on every call", () => {
    expect(heldOutDocuments(3)).toEqual(held.slice(0, 3));
  });

  it("have people and towns that training text never names", () => {
    for (const language of ["en", "zh"] as const) {
      const own = [...NAMES[language].heldOut.map(({ name }) => name), ...TOWNS[language].heldOut];
      const training = ours.filter((document) => document.language === language).map(({ text }) => text);
      const name = (word: string) => (language === "en" ? new RegExp(`\\b${word}\\b`) : new RegExp(word));
      for (const word of own) expect(training.some((text) => name(word).test(text))).toBe(false);
      for (const { text } of heldOurs.filter((document) => document.language === language)) {
        expect(own.some((word) => text.includes(word))).toBe(true);
        expect(
          NAMES[language].taught.filter((known) => name(known.name).test(text) && known.name !== "Rose"),
        ).toEqual([]);
      }
    }
  });

  it("quote chapters that training text never quotes", () => {
    const quoted = (list: readonly Document[]) =>
      list
        .filter(({ source }) => source === PUBLIC_DOMAIN_SOURCE)
        .flatMap(({ text }) => text.match(/CHAPTER \d+/g) ?? []);
    const training = new Set(quoted(take(3, 400)));
    expect(quoted(held).length).toBeGreaterThan(0);
    expect(quoted(held).filter((chapter) => training.has(chapter))).toEqual([]);
  });
});
