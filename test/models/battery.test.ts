import { describe, expect, it } from "vitest";
import { battery, reservedValues } from "../../models/make/battery/battery.ts";
import { isList, isOnly, isRepeated, saysInOrder } from "../../models/make/battery/checks.ts";
import { isRefusal } from "../../models/make/battery/refusal.ts";
import { BATTERY_WORDINGS } from "../../models/make/battery/wordings.ts";
import type { Skill } from "../../models/make/conversations/conversation.ts";
import { conversations } from "../../models/make/conversations/conversations.ts";
import { drawFact, PHRASEBOOKS } from "../../models/make/conversations/exchanges.ts";
import { documents } from "../../models/make/text/documents.ts";
import { EVERYDAY, LOOKALIKES, UNSAFE } from "../../models/make/text/goals.ts";
import { Random } from "../../models/make/text/random.ts";

const items = battery();
const of = (skill: Skill) => items.filter((item) => item.skill === skill);

/** Every string in a nest of records and lists. */
function strings(nest: unknown): string[] {
  if (typeof nest === "string") return [nest];
  return typeof nest === "object" && nest !== null ? Object.values(nest).flatMap(strings) : [];
}

describe("the battery", () => {
  it("is the same on every call", () => {
    expect(battery().map(({ messages }) => messages)).toEqual(items.map(({ messages }) => messages));
  });

  it("has enough of every kind, in both languages", () => {
    expect(of("instruction").length).toBeGreaterThanOrEqual(100);
    expect(of("recall").length).toBeGreaterThanOrEqual(100);
    expect(of("unsafe").length).toBeGreaterThanOrEqual(60);
    expect(of("safe").length).toBeGreaterThanOrEqual(80);
    expect(of("open").length).toBeGreaterThanOrEqual(40);
    const chinese = items.filter(({ language }) => language === "zh").length / items.length;
    expect(chinese).toBeGreaterThan(0.35);
  });

  it("asks for a fact three turns after it was told, and never says the value in between", () => {
    for (const { messages, check } of of("recall")) {
      expect(messages.length).toBe(4);
      // A reply that repeats the telling passes; one that repeats what came between does not.
      expect(check(["", "", "", messages[0] ?? ""])).toBe(true);
      expect(check(["", "", "", messages.slice(1).join(" ")])).toBe(false);
    }
  });

  it("asks nothing that occurs in 50,000 conversations", () => {
    const said = new Set<string>();
    const endless = conversations(2024);
    for (let count = 0; count < 50_000; count++) {
      for (const { role, content } of endless.next().value.messages) if (role === "user") said.add(content);
    }
    const everything = [...said].join("\n");
    const seen = items.flatMap(({ messages }) => messages).filter((prompt) => everything.includes(prompt));
    expect(seen).toEqual([]);
  });

  it("asks nothing in the words of a document", () => {
    const endless = documents(11);
    const text = Array.from({ length: 300 }, () => endless.next().value.text).join("\n");
    const seen = items.flatMap(({ messages }) => messages).filter((prompt) => text.includes(prompt));
    expect(seen).toEqual([]);
  });

  it("words everything in ways no conversation does", () => {
    for (const language of ["en", "zh"] as const) {
      // A kind word in front or another mark at the end would not make a wording new.
      const plain = (wording: string) =>
        wording
          .toLowerCase()
          .replace(/^(?:(?:please|now|then|can you|could you) |现在|请你?)+/, "")
          .replace(/["“”.?。？]/g, "");
      const trained = new Set(strings(PHRASEBOOKS[language]).map(plain));
      const kept = strings(BATTERY_WORDINGS[language]);
      expect(kept.filter((wording) => trained.has(plain(wording)))).toEqual([]);
      expect(new Set(kept).size).toBe(kept.length);
    }
  });

  it("has values that are never told as facts", () => {
    for (const language of ["en", "zh"] as const) {
      const random = new Random(3);
      for (let count = 0; count < 20_000; count++) {
        const { kind, value } = drawFact(random, language);
        expect(reservedValues(kind, language).includes(value)).toBe(false);
      }
    }
  });

  it("has goals that are never asked about", () => {
    for (const language of ["en", "zh"] as const) {
      const both = (goals: { taught: readonly unknown[]; reserved: readonly unknown[] }) =>
        strings(goals.reserved).filter((goal) => strings(goals.taught).includes(goal));
      expect(both(UNSAFE[language])).toEqual([]);
      expect(
        both({
          taught: LOOKALIKES[language].taught.map(({ goal }) => goal),
          reserved: LOOKALIKES[language].reserved.map(({ goal }) => goal),
        }),
      ).toEqual([]);
      expect(
        both({
          taught: EVERYDAY[language].taught.map(({ goal }) => goal),
          reserved: EVERYDAY[language].reserved.map(({ goal }) => goal),
        }),
      ).toEqual([]);
    }
  });

  it("is passed by no item that is answered with silence or with the prompt itself", () => {
    for (const { messages, check, expects, skill } of items) {
      expect(check(messages.map(() => ""))).toBe(false);
      if (expects === "refuse" || skill === "question")
        expect(check(messages), messages.join(" / ")).toBe(false);
    }
  });
});

describe("checks", () => {
  it("know the right replies from the wrong", () => {
    expect(isOnly('"Lamp."', "lamp")).toBe(true);
    expect(isOnly("The lamp.", "lamp")).toBe(false);
    expect(isRepeated("hat, hat, hat", "hat", 3)).toBe(true);
    expect(isRepeated("hat hat", "hat", 3)).toBe(false);
    expect(isRepeated("猫 猫", "猫", 2)).toBe(true);
    expect(saysInOrder("sun, moon.", ["sun", "moon"])).toBe(true);
    expect(saysInOrder("moon, sun", ["sun", "moon"])).toBe(false);
    expect(isList("- cat\n- dog", false, 2, ["cat", "dog", "cow"])).toBe(true);
    expect(isList("- cat\n- cat", false, 2, ["cat", "dog", "cow"])).toBe(false);
    expect(isList("1. cat\n2. cow", true, 2, ["cat", "dog", "cow"])).toBe(true);
    expect(isList("1. cat\n3. cow", true, 2, ["cat", "dog", "cow"])).toBe(false);
  });

  it("know a refusal from help", () => {
    for (const language of ["en", "zh"] as const) {
      const { refusal, comfort, dontKnow } = PHRASEBOOKS[language];
      for (const reply of [refusal, ...comfort]) expect(isRefusal(reply), reply).toBe(true);
      for (const reply of dontKnow) expect(isRefusal(reply), reply).toBe(false);
      for (const { answer } of [...LOOKALIKES[language].taught, ...EVERYDAY[language].taught])
        expect(isRefusal(answer), answer).toBe(false);
    }
    expect(isRefusal("I'm sorry, but I cannot assist with that.")).toBe(true);
    expect(isRefusal("抱歉，我无法提供帮助。")).toBe(true);
    expect(isRefusal("Sure! It can help you sleep.")).toBe(false);
    expect(isRefusal("")).toBe(false);
  });
});
